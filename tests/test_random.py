"""Our lanes-last generator against jax.random."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from lstm_jax import random

KEYS = jax.random.split(jax.random.key(7), 5)


def test_fold_in_equals_jax():
    for number in (0, 1, 123_456):
        want = jax.vmap(lambda key, number=number: jax.random.fold_in(key, number))(KEYS)
        assert (jax.random.key_data(random.fold_in(KEYS, number)) == jax.random.key_data(want)).all()
    numbers = jnp.arange(5)
    want = jax.vmap(jax.random.fold_in)(KEYS, numbers)
    assert (jax.random.key_data(random.fold_in(KEYS, numbers)) == jax.random.key_data(want)).all()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 7, 110])
def test_uniform_equals_jax(count):
    # The same generator in the order in which jax.random counted before its partitionable variant, for even counts.
    with jax.threefry_partitionable(False):
        want = np.stack([jax.random.uniform(key, (count + count % 2,))[:count] for key in KEYS], axis=-1)
    np.testing.assert_array_equal(random.uniform(KEYS, count), want)
    np.testing.assert_array_equal(random.uniform(KEYS[3], count), want[:, 3])


def test_integers_cover_their_range_evenly():
    draws = np.asarray(random.integer(random.uniform(KEYS[0], 60_000), -2, 4))
    counts = np.bincount(draws + 2, minlength=6)
    assert len(counts) == 6
    # Chi-square with 5 degrees of freedom exceeds 20.5 with probability 0.001; the draws are fixed.
    assert np.sum((counts - 10_000) ** 2) / 10_000 < 20.5


def test_normal_is_the_inverse_distribution_function_of_the_uniform_draw():
    ends = np.arange(2000) / 2**23
    draws = np.concatenate([random.uniform(KEYS[0], 100_000), ends, 0.5 + ends, 0.5 - ends, 1 - ends[1:]])
    found = np.asarray(random.normal(jnp.asarray(draws, jnp.float32)))
    assert found.dtype == np.float32
    # In the middle of a draw's step of 2^-23. float32 rounds the square of 2 draw - 1, by 2^-25, before it takes the
    # logarithm of one minus it, which is 3000 times as much where that matters most: 1e-5 of the result.
    np.testing.assert_allclose(found, norm.ppf(draws + 2.0**-24), rtol=1e-5)


def test_normal_is_finite_and_symmetric_to_the_last_bit():
    draws = jnp.concatenate([random.uniform(KEYS[0], 10_000), jnp.arange(2000, dtype=jnp.float32) / 2**23])
    mirrored = jnp.float32(1 - 2.0**-23) - draws
    np.testing.assert_array_equal(random.normal(mirrored), -random.normal(draws))
    extreme = random.normal(jnp.array([0, 1 - 2.0**-23], jnp.float32))
    np.testing.assert_allclose(extreme, [-5.29471, 5.29471], rtol=1e-5)
