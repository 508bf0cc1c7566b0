"""`roundtable modes`: lists the modes and their options."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from roundtable_tui import modes
from roundtable_tui.cli import output
from roundtable_tui.engine import Mode

_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "enum")


def run(args: argparse.Namespace) -> int:
    """List all modes, or one of them, with their options."""
    chosen = [modes.get_mode(args.name)] if args.name else list(modes.all_modes().values())
    if args.json:
        output.print_json([mode_to_dict(mode) for mode in chosen])
    else:
        print("\n\n".join(format_mode(mode) for mode in chosen))
    output.print_warnings(modes.load_errors())
    return 0


def format_mode(mode: Mode) -> str:
    """Format a mode for the terminal."""
    who = f"team {mode.team}" + (", a captain" if mode.captain else "")
    options = [
        (_format_flag(option), _describe_type(option), option["description"])
        for option in mode_to_dict(mode)["options"]
    ]
    return "\n".join(
        part
        for part in (
            output.format_columns([(mode.name, f"{mode.summary} ({who})")]),
            output.format_columns(options, indent="  "),
        )
        if part
    )


def mode_to_dict(mode: Mode) -> dict[str, Any]:
    """Return a mode as JSON data; options are `{name, type, bounds, default, description}`."""
    schema = mode.options.model_json_schema()
    return {
        "name": mode.name,
        "summary": mode.summary,
        "team": mode.team,
        "captain": mode.captain,
        "options": [_option_to_dict(name, node) for name, node in schema.get("properties", {}).items()],
    }


def _option_to_dict(name: str, node: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [node, *node.get("anyOf", ())]
    kind: Mapping[str, Any] = next(
        (one for one in kinds if one.get("type") not in (None, "null") or "enum" in one), {}
    )
    out = {"name": name, "type": kind.get("type", "any")}
    out |= {key: kind[key] for key in _BOUNDS if key in kind}
    return out | {"default": node.get("default"), "description": node.get("description", "")}


def _format_flag(option: Mapping[str, Any]) -> str:
    name = option["name"].replace("_", "-")
    return f"--[no-]{name}" if option["type"] == "boolean" else f"--{name}"


def _describe_type(option: Mapping[str, Any]) -> str:
    """Return type, bounds and default of an option: `1 to 8 (3)`."""
    low, high = (option.get(end, option.get(f"exclusive{end.title()}")) for end in ("minimum", "maximum"))
    words = {"integer": "number", "number": "number", "boolean": "yes/no", "string": "text", "object": "file"}
    kind = words.get(option["type"], str(option["type"]))
    if "enum" in option:
        kind = "|".join(map(str, option["enum"]))
    elif low is not None and high is not None:
        kind = f"{low:,} to {high:,}" if option["type"] == "integer" else f"{low:.1f} to {high:.1f}"
    elif low is not None:
        kind = f"{low:g} or more"
    default = option["default"]
    if isinstance(default, bool):
        default = "yes" if default else "no"
    return f"{kind} ({default})" if default not in (None, "") else kind
