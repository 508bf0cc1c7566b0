"""Statistics of a bench. Pure functions on plain numbers; nothing but the standard library."""
