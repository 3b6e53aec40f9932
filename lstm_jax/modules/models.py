"""Models in a few lines: one label for a sequence, one for every step, and sequences from sequences."""

from typing import Any

import jax.numpy as jnp
from flax import nnx

from lstm_jax.cells import Cell
from lstm_jax.modules.layers import Bidirectional, Recurrent, Stack
from lstm_jax.types import Array, Float, Int


class SequenceLabeller(nnx.Module):
    """Logits at every step."""

    def __init__(self, layer: Recurrent | Bidirectional | Stack, labels: int, *, rngs: nnx.Rngs):
        """Logits are computed from the layer's outputs."""
        self.layer = layer
        self.output = nnx.Linear(layer.outputs, labels, rngs=rngs)

    def __call__(
        self,
        inputs: Float[Array, "batch time inputs"] | Int[Array, "batch time"],
        lengths: Int[Array, " batch"] | None = None,
    ) -> Float[Array, "batch time labels"]:
        """Logits `[batch, time, labels]`; those at padding mean nothing."""
        return self.output(self.layer(inputs, lengths=lengths))


class SequenceClassifier(nnx.Module):
    """Logits from what a layer shows at the last step that is not padding."""

    def __init__(self, layer: Recurrent | Stack, classes: int, *, rngs: nnx.Rngs):
        """The layer goes forward: it has seen the whole sequence at the last step."""
        self.layer = layer
        self.output = nnx.Linear(layer.outputs, classes, rngs=rngs)

    def __call__(
        self,
        inputs: Float[Array, "batch time inputs"] | Int[Array, "batch time"],
        lengths: Int[Array, " batch"] | None = None,
    ) -> Float[Array, "batch classes"]:
        """Logits `[batch, classes]`; sequences have at least one step."""
        outputs = self.layer(inputs, lengths=lengths)
        if lengths is None:
            return self.output(outputs[:, -1])
        last = jnp.take_along_axis(outputs, (lengths - 1)[:, None, None], axis=1)[:, 0]
        return self.output(last)


class EncoderDecoder(nnx.Module):
    """Sequence to sequence: a decoder that starts from the carry an encoder ends with (Sutskever et al., 2014)."""

    def __init__(self, encoder: Cell, decoder: Cell, labels: int, *, rngs: nnx.Rngs):
        """Both cells have carries of the same structure and size."""
        self.encoder = Recurrent(encoder, rngs=rngs)
        self.decoder = Recurrent(decoder, rngs=rngs)
        self.output = nnx.Linear(decoder.outputs, labels, rngs=rngs)

    def __call__(
        self,
        inputs: Float[Array, "batch time inputs"] | Int[Array, "batch time"],
        shifted: Any,
        lengths: Int[Array, " batch"] | None = None,
    ) -> Float[Array, "batch steps labels"]:
        """Logits of the target sequence, from the inputs and from `shifted`, the targets one step late."""
        carry, _ = self.encoder(inputs, lengths=lengths, return_carry=True)
        return self.output(self.decoder(shifted, initial_carry=carry))
