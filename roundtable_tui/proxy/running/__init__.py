"""From a call to its run: shared between equal requests, executed, and told to those who listen."""
