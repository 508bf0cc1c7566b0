"""Personas as a kind of resource."""

from __future__ import annotations

from roundtable_tui.config.params import describe_params
from roundtable_tui.resources import LibraryPersona, Persona, PersonaLibrary
from roundtable_tui.tui.screens.library.kinds import ResourceKind
from roundtable_tui.tui.screens.library.preview import cut_text
from roundtable_tui.tui.widgets.lists.item_list import Item


def _make_row(library: PersonaLibrary, found: LibraryPersona) -> Item:
    # A persona of the current folder may come from a stranger: name what it replaces.
    hides = library.hidden_by(found) if found.origin == "here" else ""
    hint = " · ".join(part for part in (hides and f"hides {hides}", found.persona.role) if part)
    return Item("", found.persona.name, found.persona.full_name, hint=hint)


def _describe(library: PersonaLibrary, found: LibraryPersona) -> tuple[list[str], str]:
    persona = found.persona
    facts = [persona.full_name, persona.role]
    facts.append(f"creativity {persona.creativity:g}, temperature {persona.effective_temperature:g}")
    facts += [f"model {persona.model}"] if persona.model else []
    facts += [f"server {persona.server}"] if persona.server else []
    facts += [f"at most {persona.max_tokens:,} tokens a turn"] if persona.max_tokens else []
    facts += [describe_params(persona.params)] if persona.params else []
    return facts, cut_text(persona.prompt)


PERSONAS: ResourceKind[Persona, LibraryPersona] = ResourceKind(
    noun="persona",
    model=Persona,
    subfolders=("", "participants"),
    list_found=lambda library: (library.items, library.hidden),
    get=lambda found: found.persona,
    make_row=_make_row,
    describe_content=_describe,
    has_other_errors=True,
)
