"""Cells as Flax modules, `[batch, time, features]`, and Flax's cells as ours. `import lstm_jax` needs no Flax.

Layers are as fast without `lstm_jax.make_fast`, which is for training our experiments (docs/speed.md has figures).
"""

from importlib.util import find_spec

if find_spec("flax") is None:
    raise ModuleNotFoundError("lstm_jax.modules needs Flax, which pip install 'lstm-jax[flax]' brings", name="flax")

from lstm_jax.cells.nnx_cell import NNXCell
from lstm_jax.modules.adapters import from_nnx
from lstm_jax.modules.layers import Bidirectional, Recurrent, RNNCell, Stack
from lstm_jax.modules.models import EncoderDecoder, SequenceClassifier, SequenceLabeller
from lstm_jax.modules.saved import load, save
from lstm_jax.modules.trained import TrainedNet, trained
from lstm_jax.modules.weights import from_flax, from_keras, from_torch, to_flax, to_keras, to_torch

__all__ = [
    "Bidirectional",
    "EncoderDecoder",
    "NNXCell",
    "RNNCell",
    "Recurrent",
    "SequenceClassifier",
    "SequenceLabeller",
    "Stack",
    "TrainedNet",
    "from_flax",
    "from_keras",
    "from_nnx",
    "from_torch",
    "load",
    "save",
    "to_flax",
    "to_keras",
    "to_torch",
    "trained",
]
