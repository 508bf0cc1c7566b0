"""The results of a bench as table, plot, HTML page, and as logs for Inspect."""
