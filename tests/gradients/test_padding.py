"""What stands after a sequence's end does not exist for a network: not for its outputs, nor for its gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.gradients import bptt, truncated
from tests.gradients.cases import LENGTHS, TIME, compiled, make

pytestmark = pytest.mark.usefixtures("float64")


@pytest.mark.slow
@pytest.mark.parametrize("every_step", [False, True], ids=["end", "every step"])
@pytest.mark.parametrize(("gradient", "row"), [(truncated, "4-1"), (truncated, "6a"), (bptt, "4-1")])
def test_padding_changes_no_bit(gradient, row, every_step):
    network, weights, sequence = make("small", row, every_step)
    here = np.arange(TIME)[:, None] < np.array(LENGTHS)
    rng = np.random.default_rng(2)

    def replace_padding(values):
        inside = here if values.ndim == 2 else here[:, None]
        other = rng.permuted(np.asarray(values), axis=0) if values.ndim == 2 else 1e3 * rng.normal(size=values.shape)
        return jnp.asarray(np.where(inside, values, other))

    changed = sequence._replace(inputs=replace_padding(sequence.inputs))
    if every_step:
        changed = changed._replace(targets=replace_padding(sequence.targets))
    assert np.any(changed.inputs != sequence.inputs)

    compute = compiled(gradient, network)
    (before, outputs), (after, changed_outputs) = compute(weights, sequence), compute(weights, changed)
    jax.tree.map(np.testing.assert_array_equal, before, after)
    shown = here[:, None] if every_step else True
    np.testing.assert_array_equal(np.where(shown, outputs, 0), np.where(shown, changed_outputs, 0))
