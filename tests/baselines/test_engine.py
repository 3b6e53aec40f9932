"""The competitors on the same engine as LSTM: lanes, checkpoints, clocks, and configurations that do not fit."""

from copy import deepcopy
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.baselines import CascadeCorrelation, Chunker
from lstm_jax.configuration import arrays
from lstm_jax.errors import InputError
from lstm_jax.results.records import finished
from lstm_jax.results.training import Summary
from lstm_jax.tasks import EmbeddedReber
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import lanes
from lstm_jax.trials.engine import run

CHUNKER: dict[str, Any] = {
    "row": "chunker",
    "task": {"name": "two_symbols", "p": 5},
    "network": {"name": "chunker"},
    "criterion": {"name": "window", "size": 1000, "fewer_wrong_than": [1], "counted": False},
    "gradient": "chunker",
    "optimizer": {"learning_rate": 1.0, "weight_change": "step"},
    "weight_range": 0.2,
    "trials": 8,
    "budget": 8000,
    "curve_interval": 500,
}
STRINGS, TESTS = 8, 4
CASCADE: dict[str, Any] = {
    "row": "rcc",
    "task": {"name": "embedded_reber", "training_strings": STRINGS, "test_strings": TESTS},
    "network": {"name": "cascade_correlation", "max_units": 2, "candidates": 3, "patience": 3},
    "criterion": {
        "name": "examination",
        "sequences": STRINGS + TESTS,
        "fewer_wrong_than": [1],
        "mean_error_below": [None],
        "interval": STRINGS,
    },
    "gradient": "quickprop",
    "optimizer": {"learning_rate": 1.0},
    "weight_range": 1.0,
    "trials": 3,
    "budget": 80 * STRINGS,
    "test_sequences": STRINGS + TESTS,
    "curve_interval": 20 * STRINGS,
}
NODES = {"chunker": CHUNKER, "rcc": CASCADE}


def changed(node: dict[str, Any], *path_and_value: Any) -> dict[str, Any]:
    *path, name, value = path_and_value
    copy = inner = deepcopy(node)
    for key in path:
        inner = inner[key]
    inner[name] = value
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("name", NODES)
def test_an_interrupted_run_comes_to_the_same_result(name, tmp_path):
    experiment = experiments.read(changed(NODES[name], "budget", NODES[name]["curve_interval"] * 4))
    list(run(experiment, tmp_path / "whole", devices=(0,)))
    steps = run(experiment, tmp_path / "interrupted", checkpoint_seconds=0, devices=(0,))
    for _ in range(2):
        next(steps)
    steps.close()
    list(run(experiment, tmp_path / "interrupted", devices=(0,)))
    whole, interrupted = (tmp_path / of / "trials.jsonl" for of in ("whole", "interrupted"))
    assert whole.read_text() == interrupted.read_text()
    curves = [np.load(tmp_path / of / "curves.npz") for of in ("whole", "interrupted")]
    for array in curves[0].files:
        np.testing.assert_array_equal(curves[0][array], curves[1][array])


@pytest.mark.slow
@pytest.mark.parametrize("name", NODES)
def test_a_lane_does_not_depend_on_its_neighbours(name):
    experiment = experiments.read(NODES[name])
    presentations, over = NODES[name]["budget"] // 4, lanes.mesh((0,))

    def weights(numbers: list[int]):
        trial, state = lanes.begin(arrays(experiment.trial, (len(numbers),)), 0, np.array(numbers), over)
        state, _ = lanes.advance(trial, state, presentations, over)
        return jax.tree.map(lambda leaf: leaf[..., numbers.index(5)], lanes.to_host(state).weights)

    many = weights(list(range(10)))
    jax.tree.map(np.testing.assert_array_equal, weights([5]), many)


@pytest.mark.slow
def test_the_chunker_learns_what_is_needed_much_later(tmp_path):
    """2a with a lag of 5: measured are 16 of 16 trials solved, after 2,200 to 3,500 presentations."""
    experiment = experiments.read(CHUNKER)
    list(run(experiment, tmp_path, devices=(0,)))
    (summary,) = finished(Summary, tmp_path)
    assert summary.solved == 8
    assert summary.wrong == 0


@pytest.mark.slow
def test_an_epoch_counts_as_all_of_its_strings(tmp_path):
    experiment = experiments.read(CASCADE)
    over = lanes.mesh((0,))
    trial, state = lanes.begin(arrays(experiment.trial, (3,)), 0, np.arange(3), over)
    state, sums = lanes.advance(trial, state, 5 * STRINGS, over)
    assert int(state.clock) == 5 * STRINGS
    np.testing.assert_array_equal(sums.made[:3], 5 * STRINGS)
    np.testing.assert_array_equal(sums.wrong[:3], 5 * STRINGS)
    # Early on the outputs know next to nothing: the mean absolute error is that of a coin or better, but not zero.
    mean = np.asarray(sums.error[:3]) / (5 * STRINGS)
    assert np.all((mean > 0.05) & (mean < 0.6))


def test_the_training_set_is_the_first_part_of_what_is_examined():
    task = EmbeddedReber(training_strings=STRINGS, test_strings=TESTS)
    data = jax.tree.map(jnp.asarray, task.data(0, np.arange(2)))
    training, everything = task.training(*data), task.examination(*data)
    for part, whole in zip(training, everything, strict=True):
        strings = np.asarray(whole).ndim - 2
        np.testing.assert_array_equal(part, np.take(np.asarray(whole), np.arange(STRINGS), axis=strings))


def test_weights_of_the_row_of_table_2():
    """A, one unit: 102 weights into it, from 101 symbols and itself, and into each of 101 + 1 outputs as many."""
    network = experiments.read(changed(CHUNKER, "task", "p", 100)).trial.network
    assert isinstance(network, Chunker)
    assert network.weight_count == 102 + 102 * 102 == 10_506
    assert network.chunker.weight_count == 102 + 101


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            changed(CHUNKER, "gradient", "bptt"),
            "gradient is 'bptt', which learns networks of cells, and the network is a Chunker",
        ),
        (
            changed(CASCADE, "gradient", "truncated"),
            "gradient is 'truncated', which learns networks of cells, and the network is a Cascade",
        ),
        (
            changed(CHUNKER, "network", CASCADE["network"]),
            "gradient is 'chunker', which learns a Chunker, and the network is a CascadeCorrelation",
        ),
        (changed(CHUNKER, "network", "name", "magic"), "network.name is 'magic': allowed are chunker, cascade_"),
        (changed(CHUNKER, "network", "horizon", 0), "network.horizon is 0: it should be greater than or equal to 1"),
        (changed(CHUNKER, "task", "errors_at", "end"), "the task should have targets at every step"),
        (changed(CHUNKER, "construction", {"interval": 10}), "construction should be null"),
        (changed(CASCADE, "optimizer", "weight_change", "step"), "optimizer.weight_change is 'step': quickprop"),
        (changed(CASCADE, "task", CHUNKER["task"]), "which learns from a whole training set"),
        (changed(CASCADE, "budget", 100), "budget is 100: it should be a multiple of 8"),
        (changed(CASCADE, "curve_interval", 100), "curve_interval is 100: it should be a multiple of 8"),
        (changed(CASCADE, "criterion", "interval", 4), "criterion.interval is 4: it should be a multiple of 8"),
        (changed(CASCADE, "network", "max_units", -1), "network.max_units is -1: it should be"),
    ],
)
def test_what_does_not_fit_is_refused(node, message):
    with pytest.raises(InputError, match=message):
        experiments.read(node)


def test_a_network_is_read_by_its_name():
    network = experiments.read(CASCADE).trial.network
    assert network == CascadeCorrelation(inputs=7, outputs=7, max_units=2, candidates=3, patience=3)
