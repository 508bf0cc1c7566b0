"""One file a command; each has `run(args) -> exit code`. Results go to stdout, trouble to stderr."""
