"""From a call to its run: shared between equal requests, executed, and sent to its listeners."""
