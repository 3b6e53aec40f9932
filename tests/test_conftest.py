"""The checks that `conftest` switches on are really on."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax.dtypes import TypePromotionError
from jaxtyping import TypeCheckError

from lstm_jax.cells.memory_block import MemoryBlocks
from tests.architectures import NO_BIASES


@pytest.mark.parametrize("wrong", [jnp.zeros(()), jnp.zeros(2, jnp.int32)], ids=["shape", "dtype"])
def test_a_wrong_array_is_refused(wrong):
    with pytest.raises(TypeCheckError):
        MemoryBlocks(inputs=2, blocks=2, block_size=2, **NO_BIASES).per_cell(wrong)


def test_a_silent_change_of_dtype_is_refused():
    with pytest.raises(TypePromotionError):
        jnp.add(jnp.zeros(2, jnp.float32), jnp.zeros(2, jnp.int32))


@pytest.mark.usefixtures("float64")
def test_float64_is_double_precision():
    assert jnp.ones(1).dtype == np.float64
