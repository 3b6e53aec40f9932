"""Weights of any number of axes: a cell of one's own has whatever it likes, lanes come last all the same."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.analysis.traces import trace
from lstm_jax.cells.mapped import Functions
from lstm_jax.networks import Network
from lstm_jax.tasks import Adding


@pytest.mark.slow
@pytest.mark.parametrize(("module", "output_layer"), [("functions", False), ("gate", True)])
def test_nets_of_ones_own_cells_answer_for_every_lane_as_alone(module, output_layer):
    task = Adding(length=30)
    cell = Functions(inputs=task.inputs, step_function=f"tests.cells.{module}.step")
    network = Network(cell=cell, outputs=task.outputs, output_layer=output_layer)
    keys = jax.random.split(jax.random.key(0), 4)
    weights = network.init(keys, jnp.full(4, 0.1))
    sequence = task.sample(keys)
    together = network.apply(weights, sequence)
    shown = trace(network, weights, sequence.inputs).outputs
    for lane in range(4):
        own, alone = jax.tree.map(lambda x, lane=lane: x[..., lane], (weights, sequence))
        np.testing.assert_allclose(network.apply(own, alone), together[..., lane], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(trace(network, own, alone.inputs).outputs, shown[..., lane], rtol=1e-6, atol=1e-7)
