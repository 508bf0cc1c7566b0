"""One screen a module or a folder."""
