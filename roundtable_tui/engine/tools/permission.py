"""Whether a tool may be called: rules, the grants of the run, and one place where the user is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, get_args

from roundtable_tui.errors import UsageError
from roundtable_tui.utils.interface import by_interface, parameter_name

Verb = Literal["allow", "ask", "deny"]
PermissionAnswer = Literal["once", "run", "always", "no"]
ANSWERS: tuple[PermissionAnswer, ...] = get_args(PermissionAnswer)
ASK_TIMEOUT_S = 300.0
"""Seconds after which a question without an answer means no."""


@dataclass(frozen=True, slots=True)
class PermissionRule:
    """What the user allows: `tool` and `pattern` are globs over the name and the subject of a call."""

    tool: str
    verb: Verb
    pattern: str = "*"
    is_flag: bool = False
    """Given for this run: it counts before rules that ask."""

    def matches(self, tool: str, subjects: Sequence[str]) -> bool:
        """Return whether the rule is about this call; one of the names of its subject is enough."""
        is_about = self.pattern == "*" or any(fnmatchcase(one, self.pattern) for one in subjects)
        return is_about and fnmatchcase(tool, self.tool)

    @property
    def precision(self) -> int:
        """The number of characters besides wildcards: of two rules the more precise one counts."""
        return sum(char not in "*?[]" for char in self.tool + self.pattern)


def parse_rule(name: str, verb: Verb, *, is_flag: bool = False) -> PermissionRule:
    """Return the rule `TOOL` or `TOOL(PATTERN)`."""
    tool, bracket, pattern = name.strip().partition("(")
    pattern = pattern.removesuffix(")").strip() if bracket else ""
    return PermissionRule(tool.strip(), verb, pattern or "*", is_flag)


def parse_rules(allowed: Iterable[str], of_settings: Mapping[str, str]) -> list[PermissionRule]:
    """Return the rules of a run: the tools that are allowed for it, then those of the settings.

    Raises UsageError.
    """
    rules = [parse_rule(name, "allow", is_flag=True) for name in allowed]
    if any(not rule.tool for rule in rules):
        raise UsageError(f"{parameter_name('allow')} is empty", hint="Name a tool.")
    for name, verb in of_settings.items():
        rules.append(parse_rule(name, verb))  # type: ignore[arg-type]  # Checked when the settings were read.
    return rules


@dataclass(frozen=True, slots=True)
class PermissionQuestion:
    """A question to the user. All texts are data from models and servers, not sanitized."""

    tool: str
    subject: str
    seat: str
    """The id of the seat that calls."""
    arguments: str
    """As JSON."""
    aliases: tuple[str, ...] = ()
    """Other names of the subject, such as those of a file in one of several roots."""
    mentions: tuple[str, ...] = ()
    """Further texts of the arguments, which only rules that deny are compared with."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """All names of the subject."""
        return (self.subject, *self.aliases)


Asker = Callable[[PermissionQuestion], Awaitable[PermissionAnswer]]


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a call may be made. `answer`: the user's, if there was a question."""

    allowed: bool
    why: str = ""
    answer: PermissionAnswer | None = None


class PermissionGate:
    """Decides on calls. Questions of all seats come one after the other; a grant counts for all seats."""

    def __init__(self, rules: Iterable[PermissionRule] = ()) -> None:
        self._rules = list(rules)
        self._refused: set[tuple[str, str]] = set()
        self._one_at_a_time = asyncio.Lock()
        self.asker: Asker | None = None
        """Asks the user; None where there is no user to ask, which means no."""

    def grant(self, tool: str) -> None:
        """Allow all calls of a tool for the rest of the run."""
        self._rules.append(PermissionRule(tool, "allow", is_flag=True))

    def restricts(self, tool: str, subjects: Sequence[str]) -> bool:
        """Return whether a rule denies calls about a subject, or asks about this subject in particular."""
        verb = self.verb_for(tool, subjects, "allow")
        own = (rule for rule in self._rules if rule.pattern != "*" and rule.matches(tool, subjects))
        return verb == "deny" or (verb == "ask" and any(rule.verb == "ask" for rule in own))

    def verb_for(
        self, tool: str, subjects: Sequence[str], default: Verb, mentions: Sequence[str] = ()
    ) -> Verb:
        """Return what the rules say about a call; one that denies always counts.

        Args:
            tool: the name of the tool.
            subjects: the names of what the call is about.
            default: what holds where no rule matches.
            mentions: further texts, for rules that deny: a model may name what it wants anywhere.
        """
        matching = [rule for rule in self._rules if rule.matches(tool, subjects)]
        if any(rule.verb == "deny" and rule.matches(tool, (*subjects, *mentions)) for rule in self._rules):
            return "deny"
        if any(rule.is_flag and rule.verb == "allow" for rule in matching):
            return "allow"
        return max(matching, key=lambda rule: (rule.precision, rule.verb)).verb if matching else default

    async def check(self, question: PermissionQuestion, default: Verb) -> Permission:
        """Return whether a call may be made; the user may be asked."""
        verb = self._verb_of(question, default)
        if verb != "ask":
            return Permission(verb == "allow", "the settings do not allow it" if verb == "deny" else "")
        async with self._one_at_a_time:
            verb = self._verb_of(question, default)
            if verb == "allow":  # Granted while this call was waiting.
                return Permission(True)
            if (question.tool, question.subject) in self._refused:
                return Permission(False, "the user has refused it")
            if self.asker is None:
                return Permission(False, unasked_reason(question.tool))
            try:
                async with asyncio.timeout(ASK_TIMEOUT_S):
                    answer = await self.asker(question)
            except TimeoutError:
                return Permission(False, "the user did not answer")
        if answer == "no":
            self._refused.add((question.tool, question.subject))
            return Permission(False, "the user has refused it", answer)
        if answer != "once":
            self.grant(question.tool)
        return Permission(True, "", answer)

    def _verb_of(self, question: PermissionQuestion, default: Verb) -> Verb:
        return self.verb_for(question.tool, question.subjects, default, question.mentions)


def unasked_reason(tool: str) -> str:
    """Return why a call that needs a question is refused where there is no user to ask."""
    return by_interface(
        command_line=f"it needs permission: --allow {tool}",
        python=f"it needs permission: allow=[{tool!r}]",
        app="it needs permission",
    )
