"""The main screen: the table, its panes and the line to speak at."""
