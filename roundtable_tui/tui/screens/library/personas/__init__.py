"""The list of personas and the persona editor."""

from __future__ import annotations

from roundtable_tui.tui.screens.library.personas.editor import PersonaEditor
from roundtable_tui.tui.screens.library.personas.list import PersonasScreen

__all__ = ["PersonaEditor", "PersonasScreen"]
