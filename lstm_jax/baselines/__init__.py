"""What LSTM is compared with, where it takes more than another cell, or none."""

from lstm_jax.baselines.attention import Attention
from lstm_jax.baselines.cascade_correlation import CascadeCorrelation
from lstm_jax.baselines.chunker import Chunker

BASELINES: dict[str, type] = {"chunker": Chunker, "cascade_correlation": CascadeCorrelation, "attention": Attention}
"""Networks by the names that configurations use; a node without a name is a `Network`, and has a cell."""

__all__ = ["BASELINES", "Attention", "CascadeCorrelation", "Chunker"]
