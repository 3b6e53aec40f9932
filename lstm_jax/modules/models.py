"""Models in a few lines: one label for a sequence, one for every step, and sequences from sequences."""

from typing import Any

from flax import nnx

from lstm_jax.cells import Cell
from lstm_jax.modules.layers import Layer, Recurrent
from lstm_jax.types import Array, Float


class SequenceLabeller(nnx.Module):
    """Logits at every step."""

    def __init__(self, layer: Layer, labels: int, *, rngs: nnx.Rngs):
        """Logits are computed from the layer's outputs."""
        self.layer = layer
        self.output = nnx.Linear(layer.outputs, labels, rngs=rngs)

    def __call__(self, inputs: Any, lengths: Any = None, mask: Any = None) -> Float[Array, "batch time labels"]:
        """Logits `[batch, time, labels]`; those at padding, of lengths or mask, mean nothing."""
        return self.output(self.layer(inputs, lengths=lengths, mask=mask))


class SequenceClassifier(nnx.Module):
    """Logits from what a layer shows when it has seen the whole sequence, in whatever direction."""

    def __init__(self, layer: Layer, classes: int, *, rngs: nnx.Rngs):
        """Of a `Bidirectional` layer both halves count, each at the end of its own way."""
        self.layer = layer
        self.output = nnx.Linear(layer.outputs, classes, rngs=rngs)

    def __call__(self, inputs: Any, lengths: Any = None, mask: Any = None) -> Float[Array, "batch classes"]:
        """Logits `[batch, classes]`; those of a sequence that is all padding are the biases."""
        return self.output(self.layer.last(self.layer(inputs, lengths=lengths, mask=mask), lengths, mask))


class EncoderDecoder(nnx.Module):
    """Sequence to sequence: a decoder that starts from the carry an encoder ends with (Sutskever et al., 2014)."""

    def __init__(self, encoder: Cell, decoder: Cell, labels: int, *, symbols: bool = False, rngs: nnx.Rngs):
        """Both cells have carries of the same structure and size; with `symbols` both read symbols."""
        self.encoder = Recurrent(encoder, symbols=symbols, rngs=rngs)
        self.decoder = Recurrent(decoder, symbols=symbols, rngs=rngs)
        self.output = nnx.Linear(decoder.outputs, labels, rngs=rngs)

    def __call__(
        self,
        inputs: Any,
        shifted: Any,
        lengths: Any = None,
        mask: Any = None,
    ) -> Float[Array, "batch steps labels"]:
        """Logits of the target sequence, from the inputs and from `shifted`, the targets one step late.

        Lengths and mask are those of the inputs. Targets of different lengths have their padding behind them, where it
        touches no other logits.
        """
        carry, _ = self.encoder(inputs, lengths=lengths, mask=mask, return_carry=True)
        return self.output(self.decoder(shifted, initial_carry=carry))
