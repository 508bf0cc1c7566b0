"""What is shown of a run: how the screen is divided, and the grid of panes."""
