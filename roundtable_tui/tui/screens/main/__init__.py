"""The main screen: the panes of a run and the input."""
