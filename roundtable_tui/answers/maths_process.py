"""Compares two expressions with `math-verify`, in a worker process: see `answers.maths`.

Only that process imports this module, and with it the library: the time of a comparison is without that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from math_verify import LatexExtractionConfig, parse, verify

_FUNCTIONS = ("arcsin", "arccos", "arctan", "sin", "cos", "tan", "log", "exp", "ln", "max", "min")
_SYMBOLS = {
    "π": r"\pi ", "×": r"\times ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "∞": r"\infty ", "θ": r"\theta ",
    "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "λ": r"\lambda ", "μ": r"\mu ", "*": r"\cdot ",
}  # fmt: skip
_DIGITS = 40
"""Decimal digits to which values without an exact comparison are compared."""


def compare_expressions(message: Mapping[str, Any], data: bytes) -> dict[str, bool]:
    """Return `{"same"}` for `{"a", "b"}`, two expressions as plain text; True for a request without them.

    The caller limits the time: `math-verify` can limit its own in the main thread only, and not reliably.
    """
    logging.disable(logging.CRITICAL)  # It warns that no limit is set.
    if "a" not in message:
        return {"same": True}
    parsed = [
        parse(
            f"${spell_latex(str(message[side]))}$",
            extraction_config=[LatexExtractionConfig()],
            fallback_mode="no_fallback",
            parsing_timeout=None,
        )
        for side in "ab"
    ]
    if not all(parsed):
        return {"same": False}
    how: dict[str, Any] = {
        "strict": True, "float_rounding": 15, "numeric_precision": _DIGITS, "timeout_seconds": None,
    }  # fmt: skip
    a, b = parsed
    return {"same": bool(verify(a, b, **how) and verify(b, a, **how))}


def spell_latex(plain: str) -> str:
    """Return an expression in plain text, such as `√(3)^(n+1)`, as LaTeX."""
    parts: list[str] = []
    place = 0
    while place < len(plain):
        char = plain[place]
        is_root = char == "√" or plain.startswith("sqrt", place)
        if is_root or char == "^":
            place += 4 if is_root and char != "√" else 1
            end = _find_operand_end(plain, place)
            operand = plain[place:end].strip()
            if operand.startswith("(") and operand.endswith(")"):
                operand = operand[1:-1]
            parts.append(("\\sqrt{" if is_root else "^{") + spell_latex(operand) + "}")
            place = end
        elif name := next((one for one in _FUNCTIONS if plain.startswith(one, place)), ""):
            parts.append(rf"\{name} ")
            place += len(name)
        else:
            parts.append(_SYMBOLS.get(char, char))
            place += 1
    return "".join(parts)


def _find_operand_end(plain: str, start: int) -> int:
    """Return where the exponent, or the radicand, that begins at `start` ends."""
    place = start
    while place < len(plain) and plain[place] in " -+":
        place += 1
    if place < len(plain) and plain[place] == "(":
        depth = 0
        for i in range(place, len(plain)):
            depth += (plain[i] == "(") - (plain[i] == ")")
            if depth == 0:
                return i + 1
        return len(plain)
    end = place
    while end < len(plain) and (plain[end].isdigit() or (plain[end] == "." and end > place)):
        end += 1
    return max(end, place + 1)
