"""What is the same in the tests of cells against their papers' equations."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from lstm_jax.cells import Cell
from tests.gradients.cases import COMPILE_QUICKLY

INPUTS, STEPS, LANES = 3, 7, 3


def begun(cell: Cell, lanes: tuple[int, ...] = ()) -> tuple[Any, jax.Array]:
    """Weights about as they are drawn, but no two of them alike, and input vectors, all in float64."""
    rng = np.random.default_rng(1)
    keys = jax.random.split(jax.random.key(2), lanes) if lanes else jax.random.key(2)
    drawn = init(cell, keys, jnp.full(lanes, 0.1, jnp.float32))
    weights = jax.tree.map(lambda w: jnp.asarray(np.float64(w) + 0.2 * rng.normal(size=w.shape)), drawn)
    return weights, jnp.asarray(rng.normal(size=(STEPS, INPUTS, *lanes)))


@partial(jax.jit, static_argnums=0, compiler_options=COMPILE_QUICKLY)
def init(cell: Cell, keys: jax.Array, ranges: jax.Array) -> Any:
    """Weights as they are drawn."""
    return cell.init(keys, ranges)


@partial(jax.jit, static_argnums=0, compiler_options=COMPILE_QUICKLY)
def shown(cell: Cell, weights: Any, inputs: Any) -> jax.Array:
    """What the cell shows at every step, `[time, units, *lanes]`."""
    return _scan(cell, weights, inputs, truncate=False)


def _scan(cell: Cell, weights: Any, inputs: Any, truncate: bool) -> jax.Array:
    carry = cell.initial_carry(inputs.shape[2:], jnp.dtype("float64"))
    return lax.scan(lambda carry, x: cell.step(weights, carry, x, truncate), carry, inputs)[1]


def assert_gradient(cell: Cell, truncates: bool = False) -> None:
    """By weights and inputs, against finite differences along a random direction of each.

    Unless the cell `truncates`, `truncate` changes nothing.
    """
    weights, inputs = begun(cell)
    leaves, structure = jax.tree.flatten((weights, inputs))

    def error(leaves, truncate=False):
        weights, inputs = jax.tree.unflatten(structure, leaves)
        return jnp.sum(jnp.sin(_scan(cell, weights, inputs, truncate) + 1))

    def gradients(leaves):
        return [jax.grad(error)(leaves, truncate) for truncate in (False, True)]

    plain = jax.jit(error, compiler_options=COMPILE_QUICKLY)
    by_leaf, truncated = jax.jit(gradients, compiler_options=COMPILE_QUICKLY)(leaves)
    rng, step = np.random.default_rng(3), 1e-5
    for i, leaf in enumerate(leaves):
        direction = rng.normal(size=leaf.shape)
        ends = [plain([*leaves[:i], leaf + sign * step * direction, *leaves[i + 1 :]]) for sign in (1, -1)]
        wanted = (ends[0] - ends[1]) / (2 * step)
        assert abs(wanted) > 1e-6  # nothing is without effect
        np.testing.assert_allclose(np.sum(by_leaf[i] * direction), wanted, rtol=1e-6, atol=1e-9)
        if not truncates:
            np.testing.assert_allclose(truncated[i], by_leaf[i], rtol=1e-12)


def assert_lanes_alone(cell: Cell) -> None:
    """A lane draws and shows what it draws and shows alone."""

    def close(together, alone):
        np.testing.assert_allclose(together[..., 1], alone, rtol=1e-6, atol=1e-6)

    keys, ranges = jax.random.split(jax.random.key(4), LANES), jnp.full(LANES, 0.1, jnp.float32)
    jax.tree.map(close, init(cell, keys, ranges), init(cell, keys[1], ranges[1]))
    weights, inputs = begun(cell, (LANES,))
    alone = shown(cell, *jax.tree.map(lambda array: np.asarray(array)[..., 1], (weights, inputs)))
    np.testing.assert_allclose(shown(cell, weights, inputs)[..., 1], alone, rtol=1e-12, atol=1e-14)


def number_drawn(cell: Cell) -> int:
    """Number of weights that `init` draws or sets."""
    drawn = jax.eval_shape(lambda: cell.init(jax.random.key(0), jnp.float32(1)))
    return sum(leaf.size for leaf in jax.tree.leaves(drawn))
