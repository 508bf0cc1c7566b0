"""Questions with known answers: what they are, the files they are read from, and the bundled set."""
