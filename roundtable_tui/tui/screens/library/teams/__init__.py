"""The list of teams and the team editor."""
