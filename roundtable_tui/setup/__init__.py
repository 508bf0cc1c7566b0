"""From a wish to a run: personas, team, task, mode, servers and models looked up and bound together."""
