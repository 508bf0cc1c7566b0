"""All runs: found, listed, searched, told again, exported, renamed, deleted. Knows no screen."""
