"""Training in float64: it is that from the weights to the last change of them, and only where it is asked for."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lstm_jax
from lstm_jax.configuration import arrays
from lstm_jax.errors import InputError
from lstm_jax.learners import RULES
from lstm_jax.options import names
from lstm_jax.trials.engine import run
from lstm_jax.trials.snapshots import snapshots

RATE = 0.5
LAG = 2


def own(**settings):
    network = ("network=elman", "network.cell.units=2", "network.cell.bias=random", "network.output_bias=random")
    task = ("construction=null", f"task.p={LAG}", f"alpha={RATE}", "gradient=bptt", "criterion=arena")
    numbers: dict[str, Any] = {"trials": 3, "budget": 40, "curve_interval": 10, "seed": 3, "test_sequences": 10}
    return lstm_jax.experiment("2a", *network, *task, "criterion.interval=10", "row=own", **numbers | settings)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def error(weights, first):
    """E/2 of a net in NumPy that sees x or y, then a_1, and should say a_1, then the symbol that came first."""
    hidden, output = weights.hidden, weights.output
    h, total = np.zeros(2), 0.0
    for symbol, wanted in ((first, 0), (0, first)):
        h = logistic(hidden.input[:, symbol] + hidden.hidden @ h + hidden.bias)
        total += np.sum((np.eye(LAG + 1)[wanted] - logistic(output.hidden @ h + output.bias)) ** 2) / 2
    return total


def slopes(weights, first, step=1e-6):
    """The gradient by central differences."""
    leaves, structure = jax.tree.flatten(weights)
    found = []
    for number, leaf in enumerate(leaves):
        slope = np.zeros(leaf.shape)
        for place in np.ndindex(leaf.shape):
            changed = [[other.copy() for other in leaves] for _ in range(2)]
            changed[0][number][place] += step
            changed[1][number][place] -= step
            high, low = (error(structure.unflatten(each), first) for each in changed)
            slope[place] = (high - low) / (2 * step)
        found.append(slope)
    return np.concatenate([slope.ravel() for slope in found])


def test_a_change_of_weights_is_the_gradient_in_float64():
    before, after = (moment.weights for moment in snapshots(own(precision="float64"), [0, 1]))
    assert all(leaf.dtype == np.float64 for leaf in jax.tree.leaves(after))
    for trial in range(3):
        old, new = (jax.tree.map(lambda w, trial=trial: w[..., trial], each) for each in (before, after))
        pairs = zip(jax.tree.leaves(new), jax.tree.leaves(old), strict=True)
        change = np.concatenate([(a - b).ravel() for a, b in pairs])
        misses = [np.abs(change + RATE * slopes(old, first)).max() for first in (LAG - 1, LAG)]
        # float32 comes no nearer than 1e-8.
        assert min(misses) < 1e-10 < 1e-3 < max(misses)


def test_both_precisions_start_with_the_same_weights_and_see_the_same_sequences():
    single, double = ([*snapshots(own(precision=one), [0, 40])] for one in ("float32", "float64"))
    for few, many in zip(*(jax.tree.leaves(each[0].weights) for each in (single, double)), strict=True):
        np.testing.assert_allclose(few, many, rtol=1e-7)
    apart = [
        np.abs(few - many).max()
        for few, many in zip(*(jax.tree.leaves(each[1].weights) for each in (single, double)), strict=True)
    ]
    assert 0 < max(apart) < 1e-5


@pytest.mark.slow
def test_a_run_in_float64_resumes_to_the_same_bytes_and_leaves_jax_as_it_was(tmp_path):
    for _ in run(own(precision="float64"), tmp_path / "whole"):
        assert jnp.ones(1).dtype == jnp.float32
    steps = run(own(precision="float64"), tmp_path / "cut", checkpoint_seconds=0)
    next(steps)
    next(steps)
    steps.close()
    assert jnp.ones(1).dtype == jnp.float32 and (tmp_path / "cut" / "checkpoint.npz").exists()
    for _ in run(own(precision="float64"), tmp_path / "cut"):
        pass
    for name in ("trials.jsonl", "curves.npz", "weights.safetensors"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert b'"F64"' in (tmp_path / "whole" / "weights.safetensors").read_bytes()[:4096]
    assert '"precision":"float64"' in (tmp_path / "whole" / "configuration.json").read_text().replace(": ", ":")


def test_records_of_float32_do_not_say_so():
    assert "precision" not in own().resolved and own().name == own(precision="float32").name


def test_another_precision_is_refused():
    with pytest.raises(InputError, match="precision is 'half'"):
        own(precision="half")


OPTIONS = [(group, name) for group in ("network", "task", "criterion", "optimizer") for name in names(group)]
OPTIONS += [("gradient", name) for name in RULES if name != "chunker"]
OPTIONS.remove(("task", "continual_reber"))  # of the program for streams
NEEDED = {
    "output_feedback": ["network.cell.hidden=3"],
    "stacked": ["network.cell.layers=[{name:lstm,units:3},{name:gru,units:3}]"],
    "residual": ["network.cell.cell={name:lstm,units:8}"],
    "embedded_reber": ["test_sequences=512"],
}
"""What an option needs besides its name."""


@pytest.mark.parametrize(("group", "name"), OPTIONS)
def test_every_part_computes_in_float64(group, name):
    row = {"chunker": "2a-chunker", "cascade_correlation": "1-rcc"}.get(name, "6a")
    choice = [] if row != "6a" else [f"{group}={name}"]
    settings = {"row": "own", "precision": "float64", "budget": 3_200_000, "trials": 2}
    own = [f"{field}={value}" for field, value in settings.items()]
    experiment = lstm_jax.experiment(row, *choice, *NEEDED.get(name, []), *own)
    trial = arrays(experiment.trial, (2,), "float64")
    with experiment.computing():
        keys = jax.random.split(jax.random.key(0), 2)
        data = experiment.trial.data(np.zeros(2, int), np.arange(2))
        begun = jax.eval_shape(lambda own, *given: own.start(*given), trial, keys, data)
        stepped, _ = jax.eval_shape(lambda own, state: own.step(state), trial, begun)
    assert jax.tree.map(lambda x: (x.shape, x.dtype), begun) == jax.tree.map(lambda x: (x.shape, x.dtype), stepped)
    assert all(x.dtype == np.float64 for x in jax.tree.leaves(begun.weights))
