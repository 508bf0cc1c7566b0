"""Arms: the modes that are compared, with their options: `single,vote:agents=5,debate:team=A`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from roundtable_tui import modes
from roundtable_tui.config import did_you_mean
from roundtable_tui.errors import UsageError
from roundtable_tui.setup.request import RunRequest
from roundtable_tui.utils.interface import parameter_name
from roundtable_tui.utils.text import single_line

POOL_MODE = "single"
"""The mode of the pool's answers, and the baseline."""
VOTE_MODE = "vote"
MAX_VOTES = 64
DEFAULT_VOTES = 5
_REQUEST_KEYS = ("team", "model", "captain")
_DEMO_MODEL_KEYS = ("acc", "share", "wrong")


@dataclass(frozen=True, slots=True)
class Arm:
    """One mode with its options."""

    name: str
    """As it was given; names the arm in tables and files."""
    mode: str
    options: Mapping[str, str] = field(default_factory=dict)
    team: str = ""
    model: str = ""
    captain: str = ""

    @property
    def pooled_votes(self) -> int:
        """The number of pool answers that this arm is a vote of; 0 if it has runs of its own."""
        if self.team or self.captain or self.model:
            return 0
        if self.mode == VOTE_MODE and set(self.options) <= {"agents"}:
            return int(self.options.get("agents", DEFAULT_VOTES))
        return 1 if self.mode == POOL_MODE and not self.options else 0

    def apply(self, request: RunRequest) -> RunRequest:
        """Return the request with this arm's mode, options, team and model."""
        return replace(
            request,
            mode=self.mode,
            options={**request.options, **self.options},
            team=self.team or request.team,
            model=self.model or request.model,
            captain=self.captain or request.captain,
        )


POOL_ARM = Arm(POOL_MODE, POOL_MODE)


def count_compared(arms: Sequence[Arm]) -> int:
    """Return the number of arms that are compared with another one: all but the pool's single answers."""
    return sum(arm.pooled_votes != 1 for arm in arms)


def parse_arms(text: str) -> tuple[Arm, ...]:
    """Parse `--arms`: modes separated by commas, each with `:option=value,option=value`.

    A part with an equals sign belongs to the mode before it.

    Raises:
        UsageError: a mode or option does not exist, or an arm occurs twice.
    """
    arms: list[Arm] = []
    for words in _split_arms(text):
        arm = _parse_arm(words)
        if any(arm == other or arm.name == other.name for other in arms):
            raise UsageError(
                f"{_name()}: {single_line(arm.name, 60)} occurs twice", hint="Name each arm once."
            )
        arms.append(arm)
    if not arms:
        raise UsageError(f"{_name()} names no mode", hint="For example: single,vote:agents=5,debate")
    return tuple(arms)


def _split_arms(text: str) -> list[str]:
    """Split at commas, except before the next option of the same arm."""
    out: list[str] = []
    for part in text.split(","):
        part = part.strip()
        if not part:
            continue
        before_equals = part.partition("=")[0]
        if out and "=" in part and ":" not in before_equals:
            out[-1] += f",{part}"
        else:
            out.append(part)
    return out


def _parse_arm(words: str) -> Arm:
    mode_name, _, rest = words.partition(":")
    mode = modes.get_mode(mode_name.strip())
    given: dict[str, str] = {}
    for pair in filter(None, rest.split(",")):
        key, equals, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not value.strip():
            what = f"{_name()}: {single_line(pair, 60)} is not an option with a value"
            raise UsageError(what, hint=f"Use the form {mode.name}:OPTION=VALUE.")
        if key in _DEMO_MODEL_KEYS and given.get("model", "").startswith("demo:"):
            given["model"] += f",{key}={value.strip()}"
        else:
            given[key] = value.strip()
    options = {key: value for key, value in given.items() if key not in _REQUEST_KEYS}
    known = list(mode.options.model_fields)
    for key in options:
        if key not in known:
            hint = did_you_mean(key, [*known, *_REQUEST_KEYS], "There are")
            raise UsageError(f"{_name()}: mode {mode.name} has no option {single_line(key, 40)}", hint=hint)
    _check_votes(mode.name, options)
    chosen = {key: given.get(key, "") for key in _REQUEST_KEYS}
    return Arm(words, mode.name, options, **chosen)


def _name() -> str:
    return parameter_name("arms")


def _check_votes(mode: str, options: Mapping[str, str]) -> None:
    if mode == VOTE_MODE and (given := options.get("agents")) is not None:
        number = int(given) if given.isascii() and given.isdigit() else 0
        if not 1 <= number <= MAX_VOTES:
            shown = single_line(given, 20)
            raise UsageError(f"{_name()}: agents should be from 1 to {MAX_VOTES}, not {shown}")
