"""The record of a run on disk, and its replay."""
