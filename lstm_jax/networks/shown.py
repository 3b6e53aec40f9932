"""What is shown to a layer: vectors or symbols, of so many steps. What does not fit is refused before it is computed.

Values can be looked at outside `jax.jit` alone. Inside it, a number of steps that is negative or too large counts as 0
or as all of them, and what follows a symbol outside the alphabet is NaN.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.cells import Cell
from lstm_jax.errors import InputError
from lstm_jax.types import Array, Bool, Float, Int


class Shown(NamedTuple):
    """Sequences as cells take them."""

    inputs: Float[Array, "time inputs *#lanes"] | Int[Array, "time *#lanes"]
    """Vectors or symbols; zero at padding, whatever was there."""
    here: Bool[Array, "time *lanes"] | None
    """False at steps that are padding; None for no padding."""
    wrong: Bool[Array, "time *#lanes"] | None
    """Where a symbol is outside the alphabet; None where it is known that none is."""


def checked(
    cell: Cell,
    inputs: Any,
    lengths: Any,
    symbols: bool,
    lanes: tuple[int, ...],
    dtype: jnp.dtype,
    mask: Any = None,
) -> Shown:
    """Check sequences, and put zeros where they are padding: it then touches neither results nor derivatives.

    Args:
        cell: what they are shown to.
        inputs: vectors `[time, inputs, *#lanes]` of any real type; with `symbols`, integers `[time, *#lanes]`.
        lengths: numbers of steps `[*#lanes]`, integers of any type, in a list, too; None for no padding.
        symbols: whether inputs are symbols.
        lanes: axes of the sequences.
        dtype: what vectors become.
        mask: False at steps that are padding, `[time, *#lanes]`; None for no other padding than that of lengths.

    Raises:
        InputError: inputs, lengths or mask have a type, shape or value that is not allowed.
    """
    here = here_of(lengths, mask, len(inputs), lanes)
    features = jnp.shape(inputs)[: 1 if symbols else 2]
    own = jnp.shape(inputs)[len(features) :]
    inputs = inputs.reshape(*features, *(1,) * (len(lanes) - len(own)), *own)
    if not symbols:
        vectors = jnp.asarray(_vectors(cell, inputs), dtype)
        return Shown(vectors if here is None else jnp.where(here[:, None], vectors, 0), here, None)
    known = _check_symbols(cell, inputs, lengths, mask)
    inputs = _clipped(inputs, -1, cell.inputs)
    outside = (inputs < 0) | (inputs == cell.inputs)
    inputs = jnp.where(outside if here is None else outside | ~here, 0, inputs)
    return Shown(inputs, here, None if known else outside if here is None else outside & here)


def here_of(lengths: Any, mask: Any, steps: int, lanes: tuple[int, ...]) -> Bool[Array, "time *lanes"] | None:
    """False at steps that are padding, by lengths or by a mask; None for no padding.

    Raises:
        InputError: lengths or mask have a type, shape or value that is not allowed.
    """
    here = None
    if lengths is not None:
        numbers = jnp.arange(steps, dtype=jnp.int32).reshape(-1, *(1,) * len(lanes))
        here = jnp.broadcast_to(numbers < lengths_of(lengths, steps, lanes), (steps, *lanes))
    if mask is None:
        return here
    mask = _flags("mask", mask, steps, lanes)
    return mask if here is None else mask & here


def resets_of(
    resets: Any, here: Bool[Array, "time *lanes"] | None, reverse: bool, steps: int, lanes: tuple[int, ...]
) -> Bool[Array, "time *lanes"] | None:
    """Before which steps, in the order in which they are shown, sequences begin anew; None for none.

    Args:
        resets: True at first steps of sequences; at padding they mean nothing.
        here: False at steps that are padding.
        reverse: whether the last step is shown first: it is then the step before a first one that begins anew.
        steps: number of steps.
        lanes: axes of the sequences.

    Raises:
        InputError: resets have a type or shape that is not allowed.
    """
    if resets is None:
        return None
    flags = _flags("resets", resets, steps, lanes)
    flags = flags if here is None else flags & here
    return jnp.concatenate([flags[1:], jnp.zeros_like(flags[:1])]) if reverse else flags


def _flags(name: str, flags: Any, steps: int, lanes: tuple[int, ...]) -> Bool[Array, "time *lanes"]:
    flags = jnp.asarray(flags)
    if flags.dtype != bool or not _broadcasts(flags.shape, (steps, *lanes), len(lanes)):
        verb, pronoun = ("are", "they") if name.endswith("s") else ("is", "it")
        raise InputError(
            f"{name} {verb} {flags.dtype}{list(flags.shape)}, time first: {pronoun} should be bool{[steps, *lanes]}."
        )
    return jnp.broadcast_to(flags.reshape(*flags.shape, *(1,) * (1 + len(lanes) - flags.ndim)), (steps, *lanes))


def sums_of(dtype: jnp.dtype) -> jnp.dtype:
    """The type of sums and states where weights are of a type: float32 for those of 16 bits."""
    return jnp.dtype(jnp.float32) if jnp.finfo(dtype).bits < 32 else dtype


def fitted(carry: Any, like: Any, axes: int) -> Any:
    """A carry of the types and shapes of `like`.

    Args:
        carry: a tree of arrays `[..., *#lanes]`, or without lanes where all start alike.
        like: what is wanted, `[..., *lanes]`.
        axes: number of lane axes.

    Raises:
        InputError: it is of another structure or shape.
    """
    structure, wanted = jax.tree.structure(carry), jax.tree.structure(like)
    if structure != wanted:
        raise InputError(f"the initial carry is {structure}: it should be {wanted}.")
    for (path, leaf), blank in zip(jax.tree.leaves_with_path(carry), jax.tree.leaves(like), strict=True):
        if not _broadcasts(jnp.shape(leaf), blank.shape, axes):
            name = " ".join(["carry", *filter(None, [jax.tree_util.keystr(path, simple=True, separator=".")])])
            raise InputError(f"the initial {name} has the shape {jnp.shape(leaf)}: it should have {blank.shape}.")

    def one(leaf: Any, blank: Any) -> Array:
        leaf = jnp.asarray(leaf, blank.dtype)
        return jnp.broadcast_to(leaf.reshape(*leaf.shape, *(1,) * (blank.ndim - leaf.ndim)), blank.shape)

    return jax.tree.map(one, carry, like)


def _broadcasts(shape: tuple[int, ...], wanted: tuple[int, ...], axes: int) -> bool:
    """Whether an array has the axes before the lanes, and none of the lanes or as many, of which some may be 1."""
    own, lanes = wanted[: len(wanted) - axes], shape[len(wanted) - axes :]
    if shape[: len(own)] != own or len(lanes) not in (0, axes):
        return False
    return all(n in (1, m) for n, m in zip(lanes, wanted[len(own) :], strict=False))


def spoilt(
    wrong: Bool[Array, "time *#lanes"] | None, reverse: bool, carry: Any, outputs: Float[Array, "time outputs *lanes"]
) -> tuple[Any, Float[Array, "time outputs *lanes"]]:
    """The last carry and the outputs, NaN from the first symbol on that is outside the alphabet."""
    if wrong is None:
        return carry, outputs
    since = lax.cummax(wrong.astype(jnp.int32), axis=0, reverse=reverse) > 0
    ever = jnp.any(wrong, axis=0)
    return jax.tree.map(lambda c: jnp.where(ever, jnp.nan, c), carry), jnp.where(since[:, None], jnp.nan, outputs)


def lengths_of(lengths: Any, steps: int, lanes: tuple[int, ...]) -> Int[Array, "*#lanes"]:
    """Numbers of steps as int32, each from 0 to `steps`.

    Raises:
        InputError: they are no integers, do not go with `lanes`, or are known to be negative or more than `steps`.
    """
    known = _known(lengths)
    lengths = jnp.asarray(lengths) if known is None else known
    if not jnp.issubdtype(lengths.dtype, jnp.integer):
        raise InputError(f"lengths are {lengths.dtype}: they should be integers.")
    try:
        fits = np.broadcast_shapes(lengths.shape, lanes) == lanes
    except ValueError:
        fits = False
    if not fits:
        raise InputError(f"lengths have the shape {lengths.shape}: that of the sequences is {lanes}.")
    if known is not None:
        _refuse_outside("lengths", known, steps)
    return _clipped(lengths, 0, steps)


def _vectors(cell: Cell, inputs: Any) -> Any:
    if jnp.issubdtype(inputs.dtype, jnp.complexfloating):
        raise InputError(f"inputs are {inputs.dtype}: they should be real numbers.")
    if inputs.shape[1] != cell.inputs:
        raise InputError(f"inputs have {inputs.shape[1]} features: the cell has {cell.inputs}.")
    return inputs


def _check_symbols(cell: Cell, symbols: Any, lengths: Any, mask: Any) -> bool:
    """Whether all symbols are known to be of the alphabet.

    Raises:
        InputError: they are no integers, or one is known to be outside the alphabet.
    """
    if not jnp.issubdtype(symbols.dtype, jnp.integer):
        raise InputError(f"inputs are {symbols.dtype}: symbols should be integers.")
    known, until = _known(symbols), _known(len(symbols) if lengths is None else lengths)
    shown = _known(True if mask is None else mask)
    if known is None or until is None or shown is None:
        return False
    shown = shown.reshape(*shown.shape, *(1,) * (known.ndim - shown.ndim))
    here = shown & (np.arange(len(known)).reshape(-1, *(1,) * (known.ndim - 1)) < until)
    known, here = np.broadcast_arrays(known, here)
    _refuse_outside("inputs", known[here], cell.inputs - 1)
    return True


def _refuse_outside(name: str, values: np.ndarray, most: int) -> None:
    outside = values[(values < 0) | (values > most)]
    if outside.size:
        raise InputError(f"{name} have the value {outside[0]}: it should be from 0 to {most}.")


def _known(values: Any) -> np.ndarray | None:
    """The values of an array or a list; None inside `jax.jit`, where they are not known."""
    try:
        return np.asarray(values)
    except jax.errors.TracerArrayConversionError:
        return None


def _clipped(integers: Any, low: int, high: int) -> Int[Array, "*shape"]:
    """As int32, with the nearer of `low` and `high` for what is beyond."""
    integers = jnp.asarray(integers)
    if integers.dtype.itemsize < 4:
        integers = integers.astype(jnp.int32)
    unsigned = jnp.issubdtype(integers.dtype, jnp.unsignedinteger)
    return (jnp.minimum(integers, high) if unsigned else jnp.clip(integers, low, high)).astype(jnp.int32)
