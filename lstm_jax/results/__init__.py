"""Run directories: what a run leaves on disk, written so that it may be killed at any moment."""
