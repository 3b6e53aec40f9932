"""Random numbers for lanes: the generator of `jax.random` (threefry2x32), features first and lanes last.

`jax.random` under `vmap` puts lanes first; transposing every sequence takes longer than drawing it.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.random import threefry2x32_p

from lstm_jax.types import Array, Float, Int, Key


def fold_in(key: Key[Array, "*lanes"], number: int | Int[Array, "*#lanes"]) -> Key[Array, "*lanes"]:
    """New keys from keys and a number, the same as `jax.random.fold_in` gives for each lane.

    >>> keys = jax.random.split(jax.random.key(0), 3)
    >>> bool(fold_in(keys, 7)[1] == jax.random.fold_in(keys[1], 7))
    True

    Args:
        key: typed keys, one per lane.
        number: a non-negative integer, for all lanes or one per lane.
    """
    number = jnp.broadcast_to(jnp.asarray(number).astype(jnp.uint32), key.shape)
    return jax.random.wrap_key_data(jnp.stack(_threefry(key, jnp.zeros_like(number), number), axis=-1))


def uniform(key: Key[Array, "*lanes"], count: int) -> Float[Array, "count *lanes"]:
    """Draw `count` numbers per lane, uniform in [0, 1) in steps of 2^-23, float32.

    >>> draws = uniform(jax.random.split(jax.random.key(0), 3), 5)
    >>> draws.shape, bool(draws.min() >= 0), bool(draws.max() < 1)
    ((5, 3), True, True)
    """
    half = -(-count // 2)
    places = jnp.arange(half, dtype=jnp.uint32).reshape(-1, *(1,) * key.ndim)
    places = jnp.broadcast_to(places, (half, *key.shape))
    bits = jnp.concatenate(_threefry(key, places, places + jnp.uint32(half)))[:count]
    # The bits become the mantissa of a number in [1, 2).
    return lax.bitcast_convert_type((bits >> 9) | jnp.uint32(0x3F800000), jnp.float32) - 1.0


def integer(
    draw: Float[Array, "*shape"], low: int | Int[Array, "*#lanes"], high: int | Int[Array, "*#lanes"]
) -> Int[Array, "*shape"]:
    """Turn numbers of `uniform` into integers from low to high - 1 (biased by less than (high - low) / 2^23).

    >>> integer(jnp.array([0.0, 0.49, 0.99]), 10, 12).tolist()
    [10, 10, 11]
    """
    width = jnp.asarray(high - low, draw.dtype)
    return low + jnp.floor(draw * width).astype(jnp.int32)


def normal(draw: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Turn numbers of `uniform` into Gaussian ones of mean 0 and variance 1.

    >>> [round(x, 2) for x in normal(jnp.array([0.025, 0.5, 0.975])).tolist()]
    [-1.96, 0.0, 1.96]
    """
    # The middle of a draw's step: never 0 or 1, where the Gaussian would be infinite.
    return jnp.sqrt(jnp.float32(2)) * lax.erf_inv(2 * draw - (1 - 2.0**-23))


def _threefry(key, first, second):
    """Two random words for every pair of counters, `[..., *lanes]` each."""
    words = jax.random.key_data(key)
    keys = (jnp.broadcast_to(words[..., i], first.shape) for i in range(2))
    return threefry2x32_p.bind(*keys, first, second)
