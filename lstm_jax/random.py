"""Random numbers for lanes: the generator of `jax.random` (threefry2x32), features first and lanes last.

`jax.random` under `vmap` puts lanes first; transposing every sequence takes longer than drawing it. On a CPU its rounds
are a loop that goes through all numbers again and again; written out, each number stays in registers, and takes a third
of the time.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

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
    words = jnp.stack(_threefry(key, jnp.zeros_like(number), number), axis=-1)
    # Otherwise XLA writes the rounds out once more for every use of the new key, and compiles for minutes.
    return jax.random.wrap_key_data(lax.optimization_barrier(words))


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


_ROTATIONS = (13, 15, 26, 6), (17, 29, 16, 24)
"""By how many bits each round of Threefry-2x32 rotates: the rounds of even and of odd groups of four."""

_PARITY = 0x1BD11BDA
"""What the third word of a key is made with."""


@partial(jax.jit, inline=True)  # one program where it is called outside of any
def _threefry(key, first, second):
    """Two random words for every pair of counters: Threefry-2x32 with 20 rounds (Salmon et al., 2011, section 3.3)."""
    data = jax.random.key_data(key)
    words = data[..., 0], data[..., 1], data[..., 0] ^ data[..., 1] ^ jnp.uint32(_PARITY)
    first, second = first + words[0], second + words[1]
    for group in range(5):
        for bits in _ROTATIONS[group % 2]:
            first = first + second
            second = first ^ ((second << jnp.uint32(bits)) | (second >> jnp.uint32(32 - bits)))
        first = first + words[(group + 1) % 3]
        second = second + words[(group + 2) % 3] + jnp.uint32(group + 1)
    return first, second
