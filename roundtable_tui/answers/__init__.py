"""What an answer says, and whether two answers agree."""
