"""A trained net as a layer answers as the net itself does."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.configuration import named
from lstm_jax.errors import InputError
from lstm_jax.modules import SequenceClassifier, trained
from lstm_jax.networks import network_of
from lstm_jax.tasks import TASKS, data_of
from lstm_jax.trees import by_name

TRIALS, BATCH = 2, 3


class Run(NamedTuple):
    """What a run keeps."""

    configuration: dict[str, Any]
    weights: dict[str, np.ndarray]
    net: dict[str, Any]


def made(task: dict, network: dict) -> tuple[Run, Any, Any, Any]:
    """A run whose nets were never trained, its task and network, and the weights of its last trial."""
    of = named(TASKS, task, "task")
    net = network_of(network, of.inputs, of.outputs)
    weights = net.init(jax.random.split(jax.random.key(0), TRIALS), jnp.full(TRIALS, 0.5))
    arrays = {name: np.asarray(w) for name, w in by_name(weights).items()}
    sizes = {"inputs": of.inputs, "outputs": of.outputs, "symbols": task["name"] != "adding"}
    run = Run({"task": task, "network": network}, arrays, sizes)
    return run, of, net, jax.tree.map(lambda w: w[..., -1:], weights)


SHORT = {"name": "temporal_order", "positions": [[1, 3], [5, 7]], "min_length": 10, "max_length": 12}
CASES = {
    "symbols": (SHORT, {"cell": {"name": "lstm", "units": 2}, "outputs_see_inputs": True}),
    "vectors": (
        {"name": "adding", "length": 30},
        {"cell": {"name": "gru", "units": 2}, "output_squashing": "identity"},
    ),
    "every step": (
        {"name": "embedded_reber", "training_strings": 8, "test_strings": 8},
        {"cell": {"name": "memory_blocks", "blocks": 1}},
    ),
    "no output units": (SHORT, {"cell": {"name": "elman", "units": 5}, "output_layer": False}),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_trained_net_answers_as_before(case):
    run, task, network, weights = made(*CASES[case])
    data = data_of(task, np.zeros(BATCH, int), np.arange(BATCH))
    sequences = task.sample(jax.random.split(jax.random.key(1), BATCH), *data)
    wanted = np.asarray(network.apply(weights, sequences))
    model = trained(run, TRIALS - 1)
    outputs = model(jnp.moveaxis(sequences.inputs, -1, 0), lengths=sequences.length)
    assert outputs.shape[2] == model.outputs == task.outputs
    for lane, length in enumerate(np.asarray(sequences.length)):
        np.testing.assert_array_equal(outputs[lane, length:], 0)
        if sequences.target_mask is None:
            np.testing.assert_allclose(outputs[lane, length - 1], wanted[:, lane], atol=1e-6)
            np.testing.assert_array_equal(model.last(outputs, sequences.length)[lane], outputs[lane, length - 1])
        else:
            np.testing.assert_allclose(outputs[lane, :length], wanted[:length, :, lane], atol=1e-6)


@pytest.mark.slow
def test_a_trained_net_is_a_layer_of_a_model_and_learns_further():
    run, task, _, _ = made(*CASES["symbols"])
    model = SequenceClassifier(trained(run), 2, rngs=nnx.Rngs(0))
    inputs = jnp.moveaxis(task.sample(jax.random.split(jax.random.key(1), BATCH)).inputs, -1, 0)
    gradients = nnx.grad(lambda model: jnp.sum(model(inputs)))(model)
    leaves = jax.tree.leaves(gradients)
    assert len(leaves) == len(run.weights) + 2 and all(float(jnp.abs(leaf).max()) > 0 for leaf in leaves)


def test_what_is_not_there_is_told():
    run, _, _, _ = made(*CASES["symbols"])
    with pytest.raises(InputError, match="trial is 2: it should be from 0 to 1"):
        trained(run, 2)
    with pytest.raises(InputError, match="network is chunker: only layers of cells"):
        trained(run._replace(configuration=run.configuration | {"network": {"name": "chunker"}}))
    short = {name: w for name, w in run.weights.items() if name != "output.bias"}
    with pytest.raises(InputError, match=r"weights: output.bias is missing: it should have the shape \(4,\)"):
        trained(run._replace(weights=short))
