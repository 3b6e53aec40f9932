"""Real-time recurrent learning: exact for every cell, with storage that does not grow, and on-line."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.gradients import RTRL, bptt, online, rtrl
from tests.gradients.cases import (
    DISTINCT_CASES,
    GATED_CASES,
    LENGTHS,
    OTHER_CASES,
    TIME,
    assert_close,
    compiled,
    lane,
    make,
    result,
)
from tests.references import elman

pytestmark = pytest.mark.usefixtures("float64")


BLOCKS = [case for case in DISTINCT_CASES if case.values[1] in ("2a", "4-1", "no cell recurrence, no output gates")]
"""Real-time recurrent learning knows nothing of how blocks are wired: one net with gates that see all, and two without.
"""


@pytest.mark.parametrize(("size", "row", "every_step"), [*BLOCKS, *GATED_CASES, *OTHER_CASES])
def test_it_is_the_gradient_of_bptt(size, row, every_step):
    gradients, outputs = result(rtrl, size, row, every_step)
    wanted, wanted_outputs = result(bptt, size, row, every_step)
    assert_close(gradients, wanted, 1e-10)
    shown = np.arange(TIME)[:, None, None] < np.array(LENGTHS) if every_step else True
    np.testing.assert_allclose(np.where(shown, outputs, 0), np.where(shown, wanted_outputs, 0), rtol=1e-10)


@partial(jax.jit, static_argnums=0)
def learned(network, weights, sequence, alpha):
    def changed(gradient):
        return jax.tree.map(lambda w, g: w - alpha * g, weights, gradient)

    return online(RTRL, network, weights, sequence, changed)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.0, 0.7])
@pytest.mark.parametrize("row", ["elman", "table 2"])
def test_weights_change_at_every_step(row, alpha):
    network, weights, sequence = make("other", row, True)
    total, outputs = learned(network, weights, sequence, alpha)
    for i, length in enumerate(LENGTHS):
        one = jax.tree.map(np.asarray, lane(sequence, i))
        parts = (one.inputs[:length], one.targets[:length], one.target_mask[:length])
        wanted = elman.online(network, lane(weights, i), *parts, alpha=alpha)
        if alpha and length > 1:
            still = elman.online(network, lane(weights, i), *parts, alpha=0.0)
            assert not np.allclose(wanted.outputs, still.outputs, rtol=1e-3)
        assert_close(lane(total, slice(i, i + 1)), jax.tree.map(lambda x: x[..., None], wanted.gradient), 1e-10)
        np.testing.assert_allclose(outputs[:length, :, i], wanted.outputs, rtol=1e-10)


def test_a_lane_that_has_ended_keeps_its_derivatives():
    network, weights, sequence = make("other", "fully recurrent", False)
    inputs = sequence.inputs.at[LENGTHS[1] :, 1].set((sequence.inputs[LENGTHS[1] :, 1] + 1) % 4)
    assert jnp.any(inputs != sequence.inputs)
    changed, _ = compiled(rtrl, network)(weights, sequence._replace(inputs=inputs))
    jax.tree.map(np.testing.assert_array_equal, changed, result(rtrl, "other", "fully recurrent", False)[0])
