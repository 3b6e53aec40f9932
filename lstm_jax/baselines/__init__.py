"""What the paper compares LSTM with, where it takes more than other cells."""

from lstm_jax.baselines.cascade_correlation import CascadeCorrelation
from lstm_jax.baselines.chunker import Chunker

__all__ = ["CascadeCorrelation", "Chunker"]
