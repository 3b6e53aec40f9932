"""Flax layers over pure cells. Here, and nowhere else, the batch comes first: `[batch, time, features]`."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from lstm_jax.cells import Cell
from lstm_jax.errors import InputError
from lstm_jax.modules.noise import Noise, Rates
from lstm_jax.networks.recurrent import recurrent
from lstm_jax.networks.shown import checked, fitted, here_of, spoilt, sums_of
from lstm_jax.runtime import check_right
from lstm_jax.trees import by_name, filled
from lstm_jax.types import Array

FLOATS = tuple(map(jnp.dtype, (jnp.bfloat16, jnp.float16, jnp.float32, jnp.float64)))
"""Types that layers compute in."""


@runtime_checkable
class Layer(Protocol):
    """What models and stacks ask of a layer."""

    @property
    def time_major(self) -> bool:
        """Whether inputs and outputs have the time before the batch."""
        ...

    @property
    def outputs(self) -> int:
        """Number of activations that it shows."""
        ...

    def __call__(
        self,
        inputs: Any,
        /,
        *,
        lengths: Any = None,
        mask: Any = None,
        resets: Any = None,
        initial_carry: Any = None,
        return_carry: bool = False,
    ) -> Any:
        """Outputs `[batch, time, outputs]`; with `return_carry` the last carry and the outputs."""
        ...

    def last(self, outputs: Any, /, lengths: Any = None, mask: Any = None) -> Array:
        """What it shows when it has seen the whole sequence, `[batch, outputs]`."""
        ...


class Weighted(nnx.Module):
    """Weights of a cell, one `nnx.Param` for each array, named by where it stands in the cell's structure."""

    def __init__(
        self,
        cell: Cell,
        symbols: bool,
        weight_range: float | None,
        dtype: Any,
        param_dtype: Any,
        weights: Any,
        rngs: nnx.Rngs | None,
    ):
        check_right()
        _check_cell(cell)
        for name, given in (("dtype", dtype), ("param_dtype", param_dtype)):
            allowed = [dtype for dtype in FLOATS if jax.dtypes.canonicalize_dtype(dtype) == dtype]
            if given is not None and jnp.dtype(given) not in allowed:
                wide = "" if FLOATS[-1] in allowed else ", or float64 with jax_enable_x64"
                raise InputError(f"{name} is {jnp.dtype(given)}: it should be {', '.join(map(str, allowed))}{wide}.")
        self.cell = cell
        self.symbols = symbols
        self.dtype = dtype
        if weights is None:
            if rngs is None:
                raise InputError("rngs is None: it should be nnx.Rngs, or there should be weights.")
            weight_range = cell.outputs**-0.5 if weight_range is None else weight_range
            weights = cell.init(rngs.params(), jnp.asarray(weight_range, jnp.float32))
        named = by_name(filled(self._blank, by_name(weights), "weights: "), "_")
        self.params = nnx.Dict({name: nnx.Param(jnp.asarray(w, param_dtype)) for name, w in named.items()})

    @property
    def weights(self) -> Any:
        """The weights in the cell's own structure, without lanes, of the type in which the layer computes."""
        return jax.tree.map(lambda w: jnp.asarray(w, self.dtype), self.stored)

    @property
    def stored(self) -> Any:
        """The weights as they are kept and learned, of the type `param_dtype`."""
        return filled(self._blank, {name: param[...] for name, param in self.params.items()}, "weights: ", "_")

    @property
    def _blank(self) -> Any:
        return jax.eval_shape(lambda: self.cell.init(jax.random.key(0), jnp.float32(1)))


def _check_cell(cell: Any) -> None:
    if isinstance(cell, type):
        raise InputError(f"cell is the class {cell.__name__}: it should be an instance, as LSTM(inputs=3, units=4) is.")
    if not isinstance(cell, Cell):
        raise InputError(
            f"cell is of the type {type(cell).__name__}: it should be a cell of lstm_jax.cells, or the first of what "
            "from_nnx makes of a cell of Flax."
        )


class RNNCell(Weighted, nnx.RNNCellBase):
    """Any of our cells as a recurrent cell of Flax, for `nnx.RNN` and `nnx.Bidirectional`.

    `Recurrent` is faster.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        symbols: bool = False,
        weight_range: float | None = None,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weights: Any = None,
        rngs: nnx.Rngs | None = None,
    ):
        """As `Recurrent`."""
        super().__init__(cell, symbols, weight_range, dtype, param_dtype, weights, rngs)

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
        batch = input_shape[: len(input_shape) - self.num_feature_axes]
        carry = _batch_first(self.cell.initial_carry(batch, sums_of(_dtype_of(self.weights))), len(batch))
        if carry_init is None:
            return carry
        if rngs is None:
            raise InputError("rngs is None: a carry that carry_init draws needs random numbers.")
        return jax.tree.map(lambda leaf: carry_init(rngs(), leaf.shape, leaf.dtype), carry)

    def __call__(self, carry: Any, inputs: Any) -> tuple[Any, Array]:
        """One step from vectors `[*batch, features]` or symbols `[*batch]`.

        Raises:
            InputError: inputs do not fit.
        """
        axes = jnp.ndim(inputs) - self.num_feature_axes
        if axes < 0:
            raise InputError("inputs are one number: they should be vectors, [*batch, features].")
        step, dtype = _batch_last(jnp.asarray(inputs), axes)[None], _dtype_of(self.weights)
        lanes, sums = step.shape[step.ndim - axes :], sums_of(dtype)
        x, _, wrong = checked(self.cell, step, None, self.symbols, lanes, dtype)
        weights = jax.tree.map(lambda w: w.astype(sums).reshape(*w.shape, *(1,) * axes), self.weights)
        carry = fitted(_batch_last(carry, axes), self.cell.initial_carry(lanes, sums), axes)
        new, y = self.cell.step(weights, carry, x[0] if self.symbols else x[0].astype(sums))
        new, y = spoilt(wrong, False, new, y[None].astype(dtype))
        return _batch_first(new, axes), _batch_first(y[0], axes)

    @property
    def num_feature_axes(self) -> int:
        """1 for vectors, 0 for symbols."""
        return 0 if self.symbols else 1


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
        chunk_size: int | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        zoneout: Rates = 0.0,
        learned_carry: bool = False,
        symbols: bool = False,
        time_major: bool = False,
        weight_range: float | None = None,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weights: Any = None,
        rngs: nnx.Rngs | None = None,
    ):
        """A layer with weights of its own.

        Args:
            cell: what it is made of.
            reverse: from the last step to the first.
            checkpoint_every: see `lstm_jax.networks.recurrent`.
            chunk_size: of an `MLSTM`, how many steps are computed at once; None for one after another.
            dropout: of input vectors, the same numbers at every step of a sequence; see `Noise` for this and the next
                two, which need `rngs` for as long as the layer learns: `eval()` ends that.
            recurrent_dropout: of activations that re-enter, the same at every step.
            zoneout: of the carry, others at every step.
            learned_carry: whether what sequences start from is learned, from the cell's own start on: an `nnx.Param`
                for each part of the carry, in `start`.
            symbols: whether inputs are symbols, integers that stand for one-hot vectors: `[batch, time]` instead of
                `[batch, time, features]`.
            time_major: whether inputs and outputs have the time before the batch.
            weight_range: weights are drawn from [-weight_range, weight_range); None stands for 1 / sqrt(outputs).
            dtype: of weights and inputs in products, and of outputs; None for the weights' own. With bfloat16 and
                float16, sums, states and carries are float32 all the same.
            param_dtype: of the weights that are kept and learned.
            weights: what to start from, in the structure of `cell.init` without lanes; None to draw them.
            rngs: what they are drawn with, and what is random in training; not needed where there are weights and
                nothing is random.

        Raises:
            InputError: `cell` is no cell of ours, `dtype` or `param_dtype` is none of `FLOATS`, weights are not those
                of the cell, or `Noise` is not for it.
        """
        super().__init__(cell, symbols, weight_range, dtype, param_dtype, weights, rngs)
        self.reverse = reverse
        self.checkpoint_every = checkpoint_every
        self.chunk_size = chunk_size
        rates = dropout, recurrent_dropout, zoneout
        self.noise = Noise(cell, symbols, *rates, rngs) if any(rates) else None
        begin = cell.initial_carry((), sums_of(jnp.dtype(param_dtype)))
        self.start = nnx.List([nnx.Param(leaf) for leaf in jax.tree.leaves(begin)]) if learned_carry else None
        self.time_major = time_major

    @property
    def outputs(self) -> int:
        """Number of activations that the layer shows."""
        return self.cell.outputs

    def __call__(
        self,
        inputs: Any,
        *,
        lengths: Any = None,
        mask: Any = None,
        resets: Any = None,
        initial_carry: Any = None,
        reverse: bool | None = None,
        return_carry: bool = False,
    ) -> Any:
        """Outputs `[batch, time, outputs]`, zero at padding; with `return_carry` the last carry and the outputs.

        Of one sequence, without the axis of a batch, neither outputs nor carry have it.

        Args:
            inputs: vectors `[batch, time, features]` of any real type; symbols `[batch, time]` of a layer of symbols.
            lengths: numbers of steps, `[batch]`, integers of any type or a list; the rest is padding, which may hold
                anything. None for no padding.
            mask: booleans `[batch, time]`, or `[time]` for all sequences, False at padding wherever it stands; None for
                no other padding than that of lengths.
            resets: booleans as the mask's, True at the first steps of sequences that lie behind one another, as the
                episodes of an agent do: no carry passes between such a step and the one before it, in either
                direction. It starts there as without `initial_carry`. At padding they mean nothing. None for none.
            initial_carry: a tree of arrays `[batch, ...]` of any real types; `[1, ...]` or `[...]` where all sequences
                start alike; None for the cell's own start.
            reverse: from the last step to the first; None for what the layer was made with.
            return_carry: whether to return the last carry too.

        Raises:
            InputError: what is given does not fit. Inside `jax.jit`, where values are not known, lengths are cut off
                at 0 and at the number of steps, and what follows a symbol outside the alphabet is NaN.
        """
        axes = ["time", "batch"] if self.time_major else ["batch", "time"]
        axes += [] if self.symbols else ["features"]
        batched = jnp.ndim(inputs) == len(axes)
        if not batched and jnp.ndim(inputs) != len(axes) - 1:
            one = ", ".join(axis for axis in axes if axis != "batch")
            raise InputError(
                f"inputs have the shape {jnp.shape(inputs)}: this layer, with symbols={self.symbols}, takes "
                f"[{', '.join(axes)}] or [{one}]."
            )
        inputs = jnp.moveaxis(jnp.asarray(inputs), axes.index("batch"), -1) if batched else jnp.asarray(inputs)
        factors = kept = None
        if self.noise is not None:
            lanes, sums = inputs.shape[-1:] if batched else (), sums_of(_dtype_of(self.weights))
            inputs = self.noise.on(inputs, sums)
            factors, kept = self.noise.factors(lanes, sums), self.noise.kept(len(inputs), lanes, sums)
        carry, outputs = recurrent(
            self.cell,
            self.weights,
            inputs,
            lengths,
            None if initial_carry is None else self._lanes_last(initial_carry),
            self.reverse if reverse is None else reverse,
            self.checkpoint_every,
            self.symbols,
            _time_first(mask, self.time_major),
            _time_first(resets, self.time_major),
            self.chunk_size,
            self._start,
            factors,
            kept,
        )
        if batched:
            carry, outputs = _batch_first(carry, 1), jnp.moveaxis(outputs, -1, axes.index("batch"))
        return (carry, outputs) if return_carry else outputs

    @property
    def _start(self) -> Any:
        """What sequences start from, where that is learned, without lanes."""
        if self.start is None:
            return None
        structure = jax.tree.structure(jax.eval_shape(lambda: self.cell.initial_carry((), jnp.dtype("float32"))))
        return jax.tree.unflatten(structure, [param[...] for param in self.start])

    def _lanes_last(self, carry: Any) -> Any:
        """A carry as cells take it, of a batch or of one sequence; what is no carry of the cell is left as it is."""
        like = jax.eval_shape(lambda: self.cell.initial_carry((), _dtype_of(self.weights)))
        if jax.tree.structure(carry) != jax.tree.structure(like):
            return carry
        return jax.tree.map(lambda leaf, own: _batch_last(leaf, max(0, jnp.ndim(leaf) - own.ndim)), carry, like)

    def last(self, outputs: Array, lengths: Any = None, mask: Any = None) -> Array:
        """What the layer shows when it has seen the whole sequence; zeros of a sequence without steps."""
        axis = int(outputs.ndim > 2 and not self.time_major)
        steps = lax.broadcasted_iota(jnp.int32, (*outputs.shape[:-1], 1), axis)
        here = _here(outputs, lengths, mask, self.time_major)
        if self.reverse:
            at = jnp.min(jnp.where(here, steps, outputs.shape[axis] - 1), axis=axis, keepdims=True)
        else:
            at = jnp.max(jnp.where(here, steps, 0), axis=axis, keepdims=True)
        return jnp.take_along_axis(outputs, at, axis=axis).squeeze(axis)


class Bidirectional(nnx.Module):
    """Two layers over the same sequences, one forward and one backward, their outputs side by side."""

    def __init__(
        self,
        forward: Cell,
        backward: Cell,
        *,
        checkpoint_every: int | None = None,
        chunk_size: int | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        zoneout: Rates = 0.0,
        learned_carry: bool = False,
        symbols: bool = False,
        time_major: bool = False,
        weight_range: float | None = None,
        dtype: Any = None,
        param_dtype: Any = jnp.float32,
        weights: tuple[Any, Any] = (None, None),
        rngs: nnx.Rngs | None = None,
    ):
        """Arguments are those of `Recurrent`; weights of both directions."""

        def layer(cell: Cell, own: Any, reverse: bool) -> Recurrent:
            return Recurrent(
                cell,
                reverse=reverse,
                checkpoint_every=checkpoint_every,
                chunk_size=chunk_size,
                dropout=dropout,
                recurrent_dropout=recurrent_dropout,
                zoneout=zoneout,
                learned_carry=learned_carry,
                symbols=symbols,
                time_major=time_major,
                weight_range=weight_range,
                dtype=dtype,
                param_dtype=param_dtype,
                weights=own,
                rngs=rngs,
            )

        self.forward, self.backward = layer(forward, weights[0], False), layer(backward, weights[1], True)

    @property
    def outputs(self) -> int:
        """Number of activations that both show."""
        return self.forward.outputs + self.backward.outputs

    @property
    def time_major(self) -> bool:
        """Whether they have the time before the batch."""
        return self.forward.time_major

    def __call__(
        self,
        inputs: Any,
        *,
        lengths: Any = None,
        mask: Any = None,
        resets: Any = None,
        initial_carry: tuple[Any, Any] = (None, None),
        return_carry: bool = False,
    ) -> Any:
        """Outputs of both layers, `[batch, time, outputs]`; as `Recurrent`, with a carry for each direction."""
        both = [
            layer(inputs, lengths=lengths, mask=mask, resets=resets, initial_carry=carry, return_carry=True)
            for layer, carry in zip((self.forward, self.backward), initial_carry, strict=True)
        ]
        outputs = jnp.concatenate([y for _, y in both], axis=-1)
        return (tuple(carry for carry, _ in both), outputs) if return_carry else outputs

    def last(self, outputs: Array, lengths: Any = None, mask: Any = None) -> Array:
        """What each layer shows when it has seen the whole sequence: forward at its end, backward at its beginning."""
        forward, backward = jnp.split(outputs, [self.forward.outputs], axis=-1)
        return jnp.concatenate(
            [self.forward.last(forward, lengths, mask), self.backward.last(backward, lengths, mask)], axis=-1
        )


class Stack(nnx.Module):
    """Layers on top of each other."""

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        residual: bool = False,
        dropout: float = 0.0,
        rngs: nnx.Rngs | None = None,
    ):
        """Layers from the inputs up.

        Args:
            layers: each has as many inputs as the one below shows.
            residual: whether a layer's input is added to its output wherever the two have the same size.
            dropout: probability with which a number that one layer shows the next is zero, each by itself, until
                `eval()` is called (W. Zaremba et al., "Recurrent neural network regularization", 2014; PyTorch). For
                the same ones at every step, give it to the layers.
            rngs: what masks are drawn with; without it the stack is as after training.
        """
        self.layers = nnx.List(layers)
        self.residual = residual
        self.dropout = nnx.Dropout(dropout, deterministic=rngs is None, rngs=rngs) if dropout else None

    @property
    def outputs(self) -> int:
        """Number of activations that the last layer shows."""
        return self.layers[-1].outputs

    @property
    def time_major(self) -> bool:
        """Whether its layers, which are alike in that, have the time before the batch."""
        return self.layers[-1].time_major

    def __call__(
        self,
        inputs: Any,
        *,
        lengths: Any = None,
        mask: Any = None,
        resets: Any = None,
        initial_carry: Sequence[Any] | None = None,
        return_carry: bool = False,
    ) -> Any:
        """Outputs of the last layer, `[batch, time, outputs]`; as `Recurrent`, with a carry for each layer."""
        carries = []
        for i, layer in enumerate(self.layers):
            given = {} if initial_carry is None else {"initial_carry": initial_carry[i]}
            given |= {} if resets is None else {"resets": resets}
            carry, outputs = layer(inputs, lengths=lengths, mask=mask, return_carry=True, **given)
            carries.append(carry)
            inputs = self._passed(inputs, outputs, lengths, mask)
            if self.dropout is not None and i + 1 < len(self.layers):
                inputs = self.dropout(inputs)
        return (tuple(carries), inputs) if return_carry else inputs

    def _passed(self, inputs: Any, outputs: Array, lengths: Any, mask: Any) -> Array:
        if not self.residual or jnp.shape(inputs) != outputs.shape:
            return outputs
        return unpadded(jnp.asarray(inputs, outputs.dtype), lengths, mask, self.time_major) + outputs

    def last(self, outputs: Array, lengths: Any = None, mask: Any = None) -> Array:
        """What the last layer shows when it has seen the whole sequence."""
        return self.layers[-1].last(outputs, lengths, mask)


Layers = Recurrent | Bidirectional | Stack
"""Layers of this file, of which stacks may have others, too."""


def unpadded(values: Array, lengths: Any, mask: Any, time_major: bool) -> Array:
    """What is shown at every step, of a batch or of one sequence, with zeros at padding."""
    if lengths is None and mask is None:
        return values
    return jnp.where(_here(values, lengths, mask, time_major), values, 0)


def _time_first(flags: Any, time_major: bool) -> Any:
    return flags if flags is None or jnp.ndim(flags) != 2 or time_major else jnp.swapaxes(jnp.asarray(flags), 0, 1)


def _here(values: Array, lengths: Any, mask: Any, time_major: bool) -> Array:
    """False at steps that are padding, with an axis more for features."""
    batched = values.ndim > 2
    turned = batched and not time_major
    steps, *lanes = (values.shape[1], values.shape[0]) if turned else values.shape[:-1]
    here = here_of(lengths, _time_first(mask, time_major), steps, tuple(lanes))
    here = jnp.ones((steps, *lanes), bool) if here is None else here
    return (here.T if turned else here)[..., None]


def _dtype_of(weights: Any) -> jnp.dtype:
    return jax.tree.leaves(weights)[0].dtype


def _batch_last(tree: Any, axes: int) -> Any:
    batch = tuple(range(axes))
    return jax.tree.map(lambda leaf: jnp.moveaxis(leaf, batch, tuple(range(-axes, 0))), tree)


def _batch_first(tree: Any, axes: int) -> Any:
    batch = tuple(range(axes))
    return jax.tree.map(lambda leaf: jnp.moveaxis(leaf, tuple(range(-axes, 0)), batch), tree)
