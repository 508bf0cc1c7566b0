"""A seat: a persona bound to a server and a model in one run, with its own conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from roundtable_tui.engine.round_summary import RoundSummary
from roundtable_tui.llm.types import Message, Server
from roundtable_tui.resources.persona import Persona
from roundtable_tui.resources.task import Task


class Conversation:
    """The messages of a seat. It only grows at its end, so that prefix caches hit.

    A prompt without a reply is prepended to the next one: messages are never removed, and two messages
    of one role never follow each other (some servers refuse that).
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.summary: RoundSummary | None = None
        """The seat's own summary of its older rounds, sent where the context has no room for them."""
        self._deferred_prompts: list[str] = []

    def next_message(self, prompt: str) -> str:
        """Return the user message to send for `prompt`: deferred prompts, then `prompt`."""
        return "\n\n".join([*self._deferred_prompts, prompt])

    def add_exchange(self, message: str, reply: str) -> None:
        """Add a message and its reply."""
        self.messages += [{"role": "user", "content": message}, {"role": "assistant", "content": reply}]
        self._deferred_prompts.clear()

    def defer_prompt(self, prompt: str) -> None:
        """Keep a prompt that got no reply for the next message."""
        self._deferred_prompts.append(prompt)

    def pop_deferred_prompt(self) -> str:
        """Remove and return the last deferred prompt, for a retry; "" for none."""
        return self._deferred_prompts.pop() if self._deferred_prompts else ""


@dataclass(slots=True, eq=False)
class Seat:
    """A persona taking part in a run. `id` is unique in the run and stays the same when it is resumed."""

    id: str
    persona: Persona
    server: Server
    model: str
    captain: bool = False
    stage: int = 0
    """Its stage of a pipeline, from 1; 0 in other runs."""
    conversation: Conversation = field(default_factory=Conversation)
    call_count: int = 0
    """Calls so far; call N has the turn id `ID.N`."""
    system_prompt_factory: Callable[[Seat], str] | None = None
    """Builds the system prompt before each turn, so that changes of the persona take effect."""
    last_system_prompt: str | None = None
    """The system prompt of its last turn."""
    last_name: str = ""
    """Its name at its last turn."""
    seen_messages: int = 0
    """The number of messages of the user that it has received."""
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
        """The short description of what the seat is for."""
        return self.persona.role

    @property
    def brief(self) -> Callable[[Seat], str] | None:
        """The former name of `system_prompt_factory`, which modes outside this package may use."""
        return self.system_prompt_factory

    @brief.setter
    def brief(self, factory: Callable[[Seat], str] | None) -> None:
        self.system_prompt_factory = factory

    def system_prompt(self) -> str:
        """Return the system prompt: built by the mode, else the persona's own prompt."""
        return self.system_prompt_factory(self) if self.system_prompt_factory else self.persona.prompt

    def to_header(self) -> dict[str, Any]:
        """Return the seat as a JSON object for the header of a record."""
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
    """Return the persona as a JSON object as in its file, without defaults."""
    data = persona.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    # A temperature that is named counts before the mode's, also where it equals the default.
    return data | ({"creativity": persona.creativity} if "creativity" in persona.model_fields_set else {})


def server_to_dict(server: Server) -> dict[str, Any]:
    """Return the server as a JSON object for the header of a record, without its key."""
    params = {"params": dict(server.params)} if server.params else {}
    return {"name": server.name, "base_url": server.base_url, **params}


def task_to_dict(task: Task) -> dict[str, Any]:
    """Return the texts of the task as a JSON object for the header of a record."""
    answers = {"answers": list(task.settings.answers)} if task.settings.answers else {}
    return {
        "name": task.name, "context": task.context, "instructions": task.instructions,
        "summarize": task.summarize, "questions": list(task.questions), **answers,
    }  # fmt: skip


def unique_names(names: Iterable[str], separator: str) -> list[str]:
    """Make names distinct by numbering those that occur more than once from 1: `x`, `y-1`, `y-2`."""
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
