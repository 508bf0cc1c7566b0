"""Reads persona files of other programs: character cards, assistants, models with a prompt, prompt lists."""

from __future__ import annotations

from roundtable_tui.resources.importing.read import read_foreign_file, save_imported
from roundtable_tui.resources.importing.result import ImportedPersona

__all__ = ["ImportedPersona", "read_foreign_file", "save_imported"]
