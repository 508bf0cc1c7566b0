"""The list of personas and the persona editor."""
