"""Flax layers over pure cells. Here, and nowhere else, the batch comes first: `[batch, time, features]`."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from lstm_jax.cells import Cell
from lstm_jax.errors import InputError
from lstm_jax.networks.recurrent import recurrent
from lstm_jax.runtime import check_right
from lstm_jax.types import Array, Float, Int


class Weighted(nnx.Module):
    """Weights of a cell, one `nnx.Param` for each array, named by where it stands in the cell's structure."""

    def __init__(self, cell: Cell, weight_range: float | None, rngs: nnx.Rngs):
        check_right()
        if weight_range is None:
            weight_range = cell.outputs**-0.5
        initial = cell.init(rngs.params(), jnp.asarray(weight_range, jnp.float32))
        self.cell = cell
        self.params = nnx.Dict({name: nnx.Param(w) for name, w in _named(initial)})

    @property
    def weights(self) -> Any:
        """The weights in the cell's own structure, without lanes."""
        blank = jax.eval_shape(lambda: self.cell.init(jax.random.key(0), jnp.float32(1)))
        values = [jnp.asarray(self.params[name][...]) for name, _ in _named(blank)]
        return jax.tree.unflatten(jax.tree.structure(blank), values)

    @property
    def dtype(self) -> jnp.dtype:
        """The dtype of the weights."""
        return jax.tree.leaves(self.weights)[0].dtype


def _named(weights: Any) -> list[tuple[str, Any]]:
    paths = jax.tree_util.tree_leaves_with_path(weights)
    return [(jax.tree_util.keystr(path, simple=True, separator="_") or "weights", leaf) for path, leaf in paths]


class RNNCell(Weighted, nnx.RNNCellBase):
    """Any of our cells as a recurrent cell of Flax, for `nnx.RNN` and `nnx.Bidirectional`.

    `Recurrent` is faster.
    """

    def __init__(self, cell: Cell, *, weight_range: float | None = None, rngs: nnx.Rngs):
        """Weights are drawn from [-weight_range, weight_range); None stands for 1 / sqrt(outputs)."""
        super().__init__(cell, weight_range, rngs)

    def initialize_carry(
        self,
        input_shape: tuple[int, ...],
        rngs: nnx.Rngs | nnx.RngStream | None = None,
        carry_init: nnx.Initializer | None = None,
    ) -> Any:
        """The cell's own start or, where given, what `carry_init` draws: a tree of arrays `[*batch, ...]`.

        Raises:
            InputError: there is a `carry_init` but there are no `rngs`.
        """
        batch = input_shape[:-1]
        carry = _batch_first(self.cell.initial_carry(batch, self.dtype), len(batch))
        if carry_init is None:
            return carry
        if rngs is None:
            raise InputError("rngs is None: a carry that carry_init draws needs random numbers.")
        return jax.tree.map(lambda leaf: carry_init(rngs(), leaf.shape, leaf.dtype), carry)

    def __call__(self, carry: Any, inputs: Array) -> tuple[Any, Array]:
        """One step from inputs `[*batch, features]`."""
        axes = inputs.ndim - 1
        weights = jax.tree.map(lambda w: w.reshape(*w.shape, *(1,) * axes), self.weights)
        carry, y = self.cell.step(weights, _batch_last(carry, axes), _batch_last(inputs, axes))
        return _batch_first(carry, axes), _batch_first(y, axes)

    @property
    def num_feature_axes(self) -> int:
        """1: inputs are vectors."""
        return 1


class Recurrent(Weighted):
    """A layer of cells over sequences, by `lstm_jax.networks.recurrent`.

    >>> from lstm_jax.cells import GRU
    >>> layer = Recurrent(GRU(inputs=3, units=4), rngs=nnx.Rngs(0))
    >>> layer(jnp.zeros((8, 50, 3))).shape  # [batch, time, features]
    (8, 50, 4)
    """

    def __init__(
        self,
        cell: Cell,
        *,
        reverse: bool = False,
        checkpoint_every: int | None = None,
        weight_range: float | None = None,
        rngs: nnx.Rngs,
    ):
        """Weights are drawn from [-weight_range, weight_range); None stands for 1 / sqrt(outputs)."""
        super().__init__(cell, weight_range, rngs)
        self.reverse = reverse
        self.checkpoint_every = checkpoint_every

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.cell.outputs

    def __call__(
        self,
        inputs: Float[Array, "batch time inputs"] | Int[Array, "batch time"],
        *,
        lengths: Int[Array, " batch"] | None = None,
        initial_carry: Any = None,
        reverse: bool | None = None,
        return_carry: bool = False,
    ) -> Any:
        """Outputs `[batch, time, outputs]`, zero at padding; with `return_carry` the last carry and the outputs.

        Args:
            inputs: vectors or symbols.
            lengths: numbers of steps; the rest is padding. None for no padding.
            initial_carry: a tree of arrays `[batch, ...]`; None for the cell's own start.
            reverse: from the last step to the first; None for what the layer was made with.
            return_carry: whether to return the last carry too.
        """
        carry, outputs = recurrent(
            self.cell,
            self.weights,
            jnp.moveaxis(inputs, 0, -1),
            lengths,
            None if initial_carry is None else _batch_last(initial_carry, 1),
            self.reverse if reverse is None else reverse,
            self.checkpoint_every,
        )
        outputs = jnp.moveaxis(outputs, -1, 0)
        return (_batch_first(carry, 1), outputs) if return_carry else outputs


class Bidirectional(nnx.Module):
    """Two layers over the same sequences, one forward and one backward, their outputs side by side."""

    def __init__(
        self,
        forward: Cell,
        backward: Cell,
        *,
        checkpoint_every: int | None = None,
        weight_range: float | None = None,
        rngs: nnx.Rngs,
    ):
        """Arguments are those of `Recurrent`."""
        self.forward = Recurrent(forward, checkpoint_every=checkpoint_every, weight_range=weight_range, rngs=rngs)
        self.backward = Recurrent(
            backward, reverse=True, checkpoint_every=checkpoint_every, weight_range=weight_range, rngs=rngs
        )

    @property
    def outputs(self) -> int:
        """Number of activations that both show."""
        return self.forward.outputs + self.backward.outputs

    def __call__(
        self,
        inputs: Float[Array, "batch time inputs"] | Int[Array, "batch time"],
        *,
        lengths: Int[Array, " batch"] | None = None,
        initial_carry: tuple[Any, Any] = (None, None),
        return_carry: bool = False,
    ) -> Any:
        """Outputs of both layers, `[batch, time, outputs]`; as `Recurrent`, with a carry for each direction."""
        both = [
            layer(inputs, lengths=lengths, initial_carry=carry, return_carry=True)
            for layer, carry in zip((self.forward, self.backward), initial_carry, strict=True)
        ]
        outputs = jnp.concatenate([y for _, y in both], axis=-1)
        return (tuple(carry for carry, _ in both), outputs) if return_carry else outputs


class Stack(nnx.Module):
    """Layers on top of each other."""

    def __init__(self, layers: Sequence[Recurrent | Bidirectional], *, residual: bool = False):
        """With `residual` a layer's input is added to its output wherever the two have the same size."""
        self.layers = nnx.List(layers)
        self.residual = residual

    @property
    def outputs(self) -> int:
        """Number of activations that the last layer shows."""
        return self.layers[-1].outputs

    def __call__(
        self,
        inputs: Float[Array, "batch time inputs"] | Int[Array, "batch time"],
        *,
        lengths: Int[Array, " batch"] | None = None,
        initial_carry: Sequence[Any] | None = None,
        return_carry: bool = False,
    ) -> Any:
        """Outputs of the last layer, `[batch, time, outputs]`; as `Recurrent`, with a carry for each layer."""
        carries = []
        for i, layer in enumerate(self.layers):
            given = {} if initial_carry is None else {"initial_carry": initial_carry[i]}
            carry, outputs = layer(inputs, lengths=lengths, return_carry=True, **given)
            carries.append(carry)
            inputs = inputs + outputs if self.residual and inputs.shape == outputs.shape else outputs
        return (tuple(carries), inputs) if return_carry else inputs


def _batch_last(tree: Any, axes: int) -> Any:
    batch = tuple(range(axes))
    return jax.tree.map(lambda leaf: jnp.moveaxis(leaf, batch, tuple(range(-axes, 0))), tree)


def _batch_first(tree: Any, axes: int) -> Any:
    batch = tuple(range(axes))
    return jax.tree.map(lambda leaf: jnp.moveaxis(leaf, tuple(range(-axes, 0)), batch), tree)
