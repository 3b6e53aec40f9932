"""Run directories: what a run leaves on disk, written so that it may be killed at any moment, and read back."""

from lstm_jax.results.run import Run
from lstm_jax.results.runs import Runs, load

__all__ = ["Run", "Runs", "load"]
