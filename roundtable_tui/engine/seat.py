"""A seat: a persona bound to a server and a model in one run, with its own conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from roundtable_tui.llm.types import Message, Server
from roundtable_tui.resources.persona import Persona


class Conversation:
    """What a seat has been told and has said. It grows at its end only, so that prefix caches hit.

    A prompt that got no answer stays in front of the next one: no message is ever taken back, and
    two of one role never stand side by side (some servers refuse that).
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._deferred_prompts: list[str] = []

    def next_message(self, prompt: str) -> str:
        """Return the user message that `prompt` becomes."""
        return "\n\n".join([*self._deferred_prompts, prompt])

    def add_exchange(self, message: str, reply: str) -> None:
        """Add a message and its reply."""
        self.messages += [{"role": "user", "content": message}, {"role": "assistant", "content": reply}]
        self._deferred_prompts.clear()

    def defer_prompt(self, prompt: str) -> None:
        """Keep a prompt that got no reply for the next time."""
        self._deferred_prompts.append(prompt)

    def pop_deferred_prompt(self) -> str:
        """Return the last prompt that got no reply, which is now asked again; "" for none."""
        return self._deferred_prompts.pop() if self._deferred_prompts else ""


@dataclass(slots=True, eq=False)
class Seat:
    """A place at the table. `id` is unique in the run and stable when it is resumed."""

    id: str
    persona: Persona
    server: Server
    model: str
    captain: bool = False
    stage: int = 0
    """The stage of a pipeline that it sits in, from 1; 0 where the run is none."""
    conversation: Conversation = field(default_factory=Conversation)
    call_count: int = 0
    """Calls made so far; call N has the turn id `ID.N`."""
    system_prompt_factory: Callable[[Seat], str] | None = None
    """Makes the system prompt anew at each turn, so that an edited persona speaks from its next turn on."""
    last_system_prompt: str | None = None
    """The system prompt last recorded."""
    last_name: str = ""
    """Its name when it was last asked."""
    seen_messages: int = 0
    """How many of the person's words are in its conversation."""
    muted: bool = False

    @property
    def next_turn_id(self) -> str:
        """The turn id of the seat's next call."""
        return f"{self.id}.{self.call_count + 1}"

    @property
    def name(self) -> str:
        """The name shown to the user, and to other seats in a free discussion."""
        return self.persona.name

    @property
    def role(self) -> str:
        """The short tag of what the seat is for."""
        return self.persona.role

    @property
    def brief(self) -> Callable[[Seat], str] | None:
        """The former name of `system_prompt_factory`, which modes outside this package may use."""
        return self.system_prompt_factory

    @brief.setter
    def brief(self, factory: Callable[[Seat], str] | None) -> None:
        self.system_prompt_factory = factory

    def system_prompt(self) -> str:
        """Return the system prompt: what the mode makes of the persona, or the persona's own words."""
        return self.system_prompt_factory(self) if self.system_prompt_factory else self.persona.prompt

    def to_header(self) -> dict[str, Any]:
        """Return the seat as the header of a record has it."""
        stage = {"stage": self.stage} if self.stage else {}
        return {
            "seat": self.id,
            "name": self.persona.name,
            "full_name": self.persona.full_name,
            "role": self.persona.role,
            "persona": persona_to_dict(self.persona),
            "model": self.model,
            "server": self.server.name,
            "captain": self.captain,
            **stage,
        }


def persona_to_dict(persona: Persona) -> Mapping[str, Any]:
    """Return the persona as its file would have it, defaults left out."""
    return persona.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def unique_names(names: Iterable[str], separator: str) -> list[str]:
    """Return the names, those that occur more than once numbered from 1: `x`, `y-1`, `y-2`; all distinct."""
    names = list(names)
    taken = {name for name in names if names.count(name) == 1}
    distinct = []
    for name in names:
        free = (
            name
            if name in taken
            else next(n for i in count(1) if (n := f"{name}{separator}{i}") not in taken)
        )
        taken.add(free)
        distinct.append(free)
    return distinct
