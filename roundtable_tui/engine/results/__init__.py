"""What a run came to: groups of answers, the known answer, the baseline."""
