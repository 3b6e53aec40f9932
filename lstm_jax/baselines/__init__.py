"""What the paper compares LSTM with, where it takes more than other cells: nets that learn in ways of their own."""

from lstm_jax.baselines.chunker import Chunker

__all__ = ["Chunker"]
