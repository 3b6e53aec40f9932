"""Weights of any number of axes: a cell of one's own has whatever it likes, lanes come last all the same."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.analysis.traces import trace
from lstm_jax.cells.mapped import Functions
from lstm_jax.networks import Network
from lstm_jax.tasks import Adding
from tests.gradients.cases import COMPILE_QUICKLY


@pytest.mark.slow
@pytest.mark.parametrize(("module", "output_layer"), [("functions", False), ("gate", True)])
def test_nets_of_ones_own_cells_answer_for_every_lane_as_alone(module, output_layer):
    task = Adding(length=30)
    cell = Functions(inputs=task.inputs, step_function=f"tests.cells.{module}.step")
    network = Network(cell=cell, outputs=task.outputs, output_layer=output_layer)
    keys = jax.random.split(jax.random.key(0), 4)
    weights, sequence = jax.jit(lambda keys: (network.init(keys, jnp.full(4, 0.1)), task.sample(keys)))(keys)

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def both(weights, sequence):
        return network.apply(weights, sequence), trace(network, weights, sequence.inputs).outputs

    together, shown = both(weights, sequence)
    for lane in range(4):
        applied, traced = both(*jax.tree.map(lambda x, lane=lane: np.asarray(x)[..., lane], (weights, sequence)))
        np.testing.assert_allclose(applied, together[..., lane], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(traced, shown[..., lane], rtol=1e-6, atol=1e-7)
