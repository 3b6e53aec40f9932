"""Nets that have succeeded are tested on further tasks: the counts, kills, and what is refused."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import arrays
from lstm_jax.errors import InputError
from lstm_jax.random import fold_in
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.engine import run
from lstm_jax.trials.experiment import TEST
from lstm_jax.trials.lanes import trial_key
from tests.trials.test_checkpoints import NODE as ANOTHER


def latch(length: int) -> dict:
    return {"name": "latch", "targets": [1.0, 0.0], "min_length": length, "max_length": length}


NODE = ANOTHER | {
    "task": latch(4),
    "network": {"cell": {"name": "elman", "units": 1}},
    "gradient": "bptt",
    "criterion": {"name": "examination", "sequences": 32, "fewer_wrong_than": [3], "interval": 160},
    "optimizer": {"name": "adam", "learning_rate": 0.05, "batch": 16},
    "weight_range": 0.5,
    "trials": 6,
    "budget": 640,
    "curve_interval": 160,
    "test_sequences": 32,
    "transfer": {"tasks": [latch(8), latch(4)], "sequences": 64},
}


def solved(first: int, second: int):
    """An experiment, and a state in which two trials have been solved, the second with all weights zero."""
    experiment = experiments.read(NODE)
    state = jax.tree.map(jnp.asarray, arrays(experiment.trial, (2,))).start(trial_key(0, jnp.array([first, second])))
    weights = jax.tree.map(lambda w: w * jnp.array([3.0, 0.0]), state.weights)
    return experiment, state._replace(solved_at=jnp.full((1, 2), 160), solutions=(weights,))


def test_wrong_answers_are_counted_on_fresh_sequences_of_each_task():
    experiment, state = solved(3, 4)
    w = jax.tree.map(lambda w: np.asarray(w, float)[..., 0], state.solutions[0])
    wanted = []
    for i, node in enumerate(NODE["transfer"]["tasks"], start=1):
        task = experiments.read(NODE | {"task": node}).trial.task
        sequences = task.sample(fold_in(jnp.broadcast_to(fold_in(trial_key(0, 3), TEST - i), (64,)), jnp.arange(64)))
        wrong = 0
        for k in range(64):
            y = np.zeros(1)
            for x in np.asarray(sequences.inputs)[..., k]:
                y = 1 / (1 + np.exp(-(w.hidden.input @ x + w.hidden.hidden @ y)))
            output = 1 / (1 + np.exp(-(w.output.hidden @ y + w.output.bias)))
            wrong += not bool(task.correct(jnp.asarray(output), jax.tree.map(lambda s, k=k: s[..., k], sequences)))
        wanted.append(wrong)
    assert experiment.record(state, 0, 3).transfer == tuple(wanted)
    assert experiment.record(state, 1, 4).transfer == (64, 64)  # one half is never near enough to 0 or 1


def test_a_trial_that_was_not_solved_is_not_tested_elsewhere():
    experiment, state = solved(0, 1)
    assert experiment.record(state._replace(solved_at=jnp.zeros((1, 2), jnp.int32)), 0, 0).transfer == ()


@pytest.mark.slow
def test_killed_it_goes_on_to_the_same_counts_which_the_summary_has(tmp_path):
    node = NODE | {"network": {"cell": {"name": "memory_blocks", "blocks": 1, "block_size": 1}}, "budget": 3200}
    experiment = experiments.read(node)
    list(run(experiment, tmp_path / "whole"))
    steps = run(experiment, tmp_path / "killed", checkpoint_seconds=0)
    while (progress := next(steps)).solved == 0:
        pass
    assert progress.running > 0
    next(steps)  # the checkpoint is written before
    steps.close()
    list(run(experiment, tmp_path / "killed"))
    records = (tmp_path / "whole" / "trials.jsonl").read_text()
    assert (tmp_path / "killed" / "trials.jsonl").read_text() == records
    summary = json.loads((tmp_path / "killed" / "summary.json").read_text())[0]
    assert summary["transfer"] == [json.loads(line)["transfer"] for line in records.splitlines()]
    assert [len(wrong) for wrong in summary["transfer"]] == [2 * (at is not None) for at in summary["presentations"]]


def test_without_further_tasks_a_run_is_called_as_before():
    plain = {name: value for name, value in NODE.items() if name != "transfer"}
    assert experiments.read(plain).name == experiments.read(plain | {"transfer": None}).name
    assert experiments.read(plain).name != experiments.read(NODE).name


@pytest.mark.parametrize(
    ("transfer", "part"),
    [
        (5, "transfer is 5: it needs tasks"),
        ({"sequences": 5}, "it needs tasks"),
        ({"tasks": []}, "transfer.tasks is []: it should have at least one"),
        ({"tasks": [latch(8)], "sequences": 0}, "transfer.sequences is 0"),
        ({"tasks": [latch(8)], "sequence": 5}, "transfer.sequence is not a setting"),
        ({"tasks": [latch(8), {"name": "latsch"}]}, "transfer.tasks[1].name is 'latsch'"),
        ({"tasks": [latch(8) | {"length": 5}]}, "transfer.tasks[0].length is not a setting"),
        ({"tasks": [{"name": "adding"}]}, "transfer.tasks[0] is 'adding', which has 2 inputs and 1 outputs: it should"),
        ({"tasks": [{"name": "embedded_reber"}]}, "should be a task that draws fresh sequences"),
    ],
)
def test_what_does_not_go_with_the_net_gets_one_sentence(transfer, part):
    with pytest.raises(InputError) as refused:
        experiments.read(NODE | {"transfer": transfer})
    assert part in str(refused.value) and "\n" not in str(refused.value)
