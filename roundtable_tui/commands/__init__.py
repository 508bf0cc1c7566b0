"""One file a command; each has `run(args, rest) -> exit code`."""
