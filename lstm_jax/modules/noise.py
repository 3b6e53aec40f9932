"""What is random in a layer while it learns: dropout of inputs and of what re-enters, and zoneout."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from lstm_jax.cells import Cell
from lstm_jax.cells.gated import Gated
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Float

Rates = float | Sequence[float]


class Noise(nnx.Module):
    """Random numbers of a layer, by three `nnx.Dropout`: `model.train()` and `model.eval()` turn them on and off.

    Masks of dropout are the same at every step of a sequence (Y. Gal and Z. Ghahramani, "A theoretically grounded
    application of dropout in recurrent neural networks", 2016, eq. 7); those of zoneout are not (D. Krueger et al.,
    "Zoneout: regularizing RNNs by randomly preserving hidden activations", 2017, section 3.1).
    """

    def __init__(
        self,
        cell: Cell,
        symbols: bool,
        dropout: float,
        recurrent_dropout: float,
        zoneout: Rates,
        rngs: nnx.Rngs | None,
    ):
        """Without `rngs` the layer is as after training, until it is given some.

        Args:
            cell: of the layer.
            symbols: whether it reads symbols.
            dropout: the probability with which a number of the input vectors is zero.
            recurrent_dropout: the same of activations of the previous step that units receive.
            zoneout: the probability with which a number of the carry stays as it was; one, or one for each part of the
                carry, as (0.5, 0.05) for states and outputs of an LSTM.
            rngs: what masks are drawn with, from the stream `dropout`.

        Raises:
            InputError: a probability is not from 0 to below 1, or the cell has nothing to which it could apply.
        """
        parts = len(jax.tree.leaves(jax.eval_shape(lambda: cell.initial_carry((), jnp.dtype("float32")))))
        of_parts = tuple(zoneout) if isinstance(zoneout, Sequence) else (zoneout,) * parts
        for name, rates in (
            ("dropout", (dropout,)),
            ("recurrent_dropout", (recurrent_dropout,)),
            ("zoneout", of_parts),
        ):
            for rate in rates:
                if not 0 <= rate < 1:
                    raise InputError(f"{name} is {rate}: it should be from 0 to below 1.")
        kind = type(cell).__name__
        if dropout and symbols:
            raise InputError(f"dropout is {dropout}: it should be 0 in a layer of symbols, which are no vectors.")
        if recurrent_dropout and not (isinstance(cell, Gated) and cell.hidden_sources):
            raise InputError(
                f"recurrent_dropout is {recurrent_dropout}: it should be 0 for {kind}; it is for gated cells whose "
                "activations re-enter."
            )
        if any(of_parts) and not (isinstance(cell, Gated) and cell.unitwise):
            raise InputError(
                f"zoneout is {zoneout}: it should be 0 for {kind}; it is for LSTM, GRU and their variants."
            )
        if len(of_parts) != parts:
            raise InputError(f"zoneout is {list(of_parts)}: it should be one number, or {parts} for {kind}.")
        self.cell = cell
        self.rates = dropout, recurrent_dropout, tuple(zoneout) if isinstance(zoneout, Sequence) else zoneout

        def masks(rate: float) -> nnx.Dropout:
            return nnx.Dropout(rate, deterministic=rngs is None, rngs=rngs)

        self.dropout, self.recurrent_dropout = masks(dropout), masks(recurrent_dropout)
        self.zoneout = nnx.List([masks(rate) for rate in of_parts] if any(of_parts) else [])

    def on(self, inputs: Array, dtype: Any) -> Array:
        """Vectors `[time, features, *lanes]` without those numbers that are dropped, and the others larger."""
        if self.dropout.deterministic or not self.dropout.rate:
            return inputs
        inputs = inputs if jnp.issubdtype(inputs.dtype, jnp.inexact) else inputs.astype(dtype)
        return inputs * self.dropout(jnp.ones(inputs.shape[1:], inputs.dtype))

    def factors(self, lanes: tuple[int, ...], dtype: Any) -> Float[Array, "hidden *lanes"] | None:
        """What activations are multiplied with before they re-enter; None for ones."""
        if self.recurrent_dropout.deterministic or not self.recurrent_dropout.rate:
            return None
        carry = jax.eval_shape(lambda: self.cell.initial_carry(lanes, dtype))
        hidden = jax.eval_shape(lambda c: self.cell.hidden(c), carry)  # pyright: ignore[reportAttributeAccessIssue]
        return self.recurrent_dropout(jnp.ones(hidden.shape, dtype))

    def kept(self, steps: int, lanes: tuple[int, ...], dtype: Any) -> Any:
        """Which numbers of the carry stay as they were, `[time, ..., *lanes]`; in evaluation how much of each does.

        That is a tree as the carry, or None without zoneout.
        """
        if not self.zoneout:
            return None
        leaves, structure = jax.tree.flatten(jax.eval_shape(lambda: self.cell.initial_carry(lanes, dtype)))

        def one(masks: nnx.Dropout, leaf: Any) -> Array:
            if masks.deterministic:
                return jnp.full((steps, *(1,) * leaf.ndim), masks.rate, dtype)
            return masks(jnp.ones((steps, *leaf.shape), dtype)) == 0

        return jax.tree.unflatten(structure, [one(*each) for each in zip(self.zoneout, leaves, strict=True)])
