"""What a client asks for: its body checked, and put in the terms of a run."""
