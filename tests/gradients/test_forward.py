"""A weight change at every step, against appendix A.1 in NumPy with weights that change on the way."""

from functools import partial

import jax
import numpy as np
import pytest

from lstm_jax.gradients import TRUNCATED, online
from tests.gradients.cases import LENGTHS, lane, make
from tests.references import memory_block

pytestmark = pytest.mark.usefixtures("float64")


@partial(jax.jit, static_argnums=0)
def compute(network, weights, sequence, alpha):
    def changed(gradient):
        return jax.tree.map(lambda w, g: w - alpha * g, weights, gradient)

    return online(TRUNCATED, network, weights, sequence, changed)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.0, 0.7])
@pytest.mark.parametrize("row", ["1-2", "2a", "4-1"])
def test_weights_change_at_every_step(row, alpha):
    network, weights, sequence = make("small", row, True)
    total, outputs = compute(network, weights, sequence, alpha)
    for i, length in enumerate(LENGTHS):
        one = jax.tree.map(np.asarray, lane(sequence, i))
        parts = (one.inputs[:length], one.targets[:length], one.target_mask[:length])
        wanted = memory_block.present(network, lane(weights, i), *parts, alpha_at_every_step=alpha)
        still = memory_block.present(network, lane(weights, i), *parts)
        if alpha and length > 1:
            assert not np.allclose(wanted.outputs, still.outputs, rtol=1e-3)
        for group, matrix in wanted.gradient.items():
            difference = np.abs(memory_block.matrices(lane(total, i))[group] - matrix)
            assert np.max(difference) <= 1e-10 * np.max(np.abs(matrix)), group
        np.testing.assert_allclose(outputs[:length, :, i], wanted.outputs, rtol=1e-10)
