"""What is shown of a run: progress, transcript, statistics, exports."""
