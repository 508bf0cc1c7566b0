"""Standard input and the terminal of a command."""
