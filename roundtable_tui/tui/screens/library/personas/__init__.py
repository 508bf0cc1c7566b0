"""Personas on the screen: all of them in a list, and one of them in an editor."""

from __future__ import annotations

from roundtable_tui.tui.screens.library.personas.editor import EditedPersona, PersonaEditor
from roundtable_tui.tui.screens.library.personas.list import PersonasScreen

__all__ = ["EditedPersona", "PersonaEditor", "PersonasScreen"]
