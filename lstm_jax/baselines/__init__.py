"""What the paper compares LSTM with, where it takes more than other cells."""

from lstm_jax.baselines.cascade_correlation import CascadeCorrelation
from lstm_jax.baselines.chunker import Chunker

BASELINES: dict[str, type] = {"chunker": Chunker, "cascade_correlation": CascadeCorrelation}
"""Networks by the names that configurations use; a node without a name is a `Network`, and has a cell."""

__all__ = ["BASELINES", "CascadeCorrelation", "Chunker"]
