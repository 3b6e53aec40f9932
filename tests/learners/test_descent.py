"""Batches, criteria and interruptions of a descent, and what it refuses."""

from copy import deepcopy
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import arrays
from lstm_jax.errors import InputError
from lstm_jax.gradients import bptt, truncated
from lstm_jax.learners import Descent, read_optimizer
from lstm_jax.stages import Stage
from lstm_jax.tasks import EmbeddedReber
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import lanes
from lstm_jax.trials.engine import alike, run
from lstm_jax.trials.training import Training
from tests.gradients.cases import COMPILE_QUICKLY
from tests.learners.cases import NETWORK, RATES, TASK, learner, lessons


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["truncated", "bptt"])
def test_a_batch_follows_the_mean_of_the_gradients_of_its_sequences(rule, float64):
    ours, keys = learner({}, rule=rule, batch=5), jax.random.split(jax.random.key(1), len(RATES))
    weights = NETWORK.init(keys, jnp.ones(len(RATES), jnp.float64))

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def learn(weights, keys):
        return ours.learn(NETWORK, weights, ours.start(NETWORK, weights, keys.shape), lessons(TASK, keys, 30))

    learned = learn(weights, keys)
    gradient = partial({"truncated": truncated, "bptt": bptt}[rule], NETWORK)
    alone = jax.jit(gradient, compiler_options=COMPILE_QUICKLY)
    for lane, rate in enumerate(RATES):
        own = jax.tree.map(lambda w, lane=lane: w[..., lane], weights)
        sequences = [TASK.sample(jax.random.fold_in(keys[lane], 30 + i)) for i in range(5)]
        answers = [alone(own, sequence) for sequence in sequences]
        mean = jax.tree.map(lambda *g: sum(g) / 5, *(gradient for gradient, _ in answers))
        for got, w, g in zip(*map(jax.tree.leaves, (learned.weights, own, mean)), strict=True):
            np.testing.assert_allclose(got[..., lane], w - rate * g, rtol=1e-9, atol=1e-12)
        for i, (_, outputs) in enumerate(answers):
            np.testing.assert_allclose(learned.outputs[:, i, lane], outputs, rtol=1e-9)
            np.testing.assert_array_equal(learned.sequences.inputs[:, i, lane], sequences[i].inputs)


@pytest.mark.slow
def test_a_batch_of_a_tasks_own_strings_is_what_it_shows_one_by_one():
    task = EmbeddedReber(training_strings=6, test_strings=4)
    data = jax.tree.map(jnp.asarray, task.data(3, np.arange(2)))
    keys = jax.random.split(jax.random.key(1), 2)
    many = lessons(task, keys, 10, data).batch(3)
    for i in range(3):
        one = lessons(task, keys, 10 + i, data).next()
        axes = [x.ndim - 1 for x in jax.tree.leaves(one)]
        for got, want, axis in zip(jax.tree.leaves(many), jax.tree.leaves(one), axes, strict=True):
            np.testing.assert_array_equal(jnp.take(got, i, axis=axis), want)


class Listening:
    """A criterion that remembers the outcomes in the order in which it is told of them; met by the one numbered 6."""

    stages = (Stage("seventh", "seventh"),)
    fewest_presentations = 1
    uncounted = 0

    def outcome(self, correct, outputs, sequence):
        from lstm_jax.criteria import Outcome, mean_error

        return Outcome(correct, mean_error(outputs, sequence))

    def start(self, lanes):
        return jnp.zeros((20, *lanes))

    def update(self, state, presentations, outcome, examine):
        return state.at[presentations].set(outcome.error), jnp.full((1, *outcome.error.shape), presentations == 6)


@pytest.mark.slow
def test_a_criterion_is_told_of_every_sequence_of_a_batch_and_a_trial_ends_with_the_batch():
    trial = Training(TASK, NETWORK, Descent(read_optimizer({"learning_rate": 0.5}), batch=4), Listening(), 1.0)
    numbers = jax.tree.map(jnp.asarray, arrays(trial, (2,)))
    state = numbers.start(lanes.trial_key(3, jnp.arange(2)))
    seen = []
    step = jax.jit(Training.step, compiler_options=COMPILE_QUICKLY)
    for _ in range(3):
        state, shown = step(numbers, state)
        seen.append(shown)
    np.testing.assert_array_equal(state.solved_at, [[8, 8]])
    assert not state.running.any() and int(state.clock) == 12
    np.testing.assert_array_equal([shown.made[0] for shown in seen], [4, 4, 0])
    np.testing.assert_allclose(state.criterion[:4].sum(axis=0), seen[0].error, rtol=1e-5)
    np.testing.assert_allclose(state.criterion[4:8].sum(axis=0), seen[1].error, rtol=1e-5)


NODE: dict[str, Any] = {
    "row": "order",
    "task": {"name": "temporal_order", "positions": [[1, 2]], "min_length": 4, "max_length": 6},
    "network": {"cell": {"name": "memory_blocks", "blocks": 1, "block_size": 2}, "output_bias": "random"},
    "criterion": {"name": "window", "size": 50, "fewer_wrong_than": [1]},
    "gradient": "truncated",
    "optimizer": {"name": "adam", "learning_rate": 0.01, "clip": 1.0, "batch": 2, "schedule": {"warmup": 50}},
    "weight_range": 0.2,
    "trials": 5,
    "budget": 2000,
    "curve_interval": 20,
    "test_sequences": 64,
}


def changed(**changes: Any) -> dict[str, Any]:
    """The node with other settings of the optimizer, or of another part where a name has a dot: gradient, task."""
    node = deepcopy(NODE)
    for name, value in changes.items():
        part = node if name in node else node["optimizer"]
        part[name] = value
    return node


@pytest.mark.slow
def test_a_run_that_was_interrupted_comes_to_the_same_result(tmp_path):
    """Moments and counters are part of a checkpoint."""
    experiment = experiments.read(NODE)
    list(run(experiment, tmp_path / "whole"))
    steps = run(experiment, tmp_path / "interrupted", checkpoint_seconds=0)
    for _ in range(3):
        next(steps)
    steps.close()
    assert (tmp_path / "interrupted" / "checkpoint.npz").exists()
    list(run(experiment, tmp_path / "interrupted"))
    whole, interrupted = (tmp_path / of / "trials.jsonl" for of in ("whole", "interrupted"))
    assert whole.read_text() == interrupted.read_text()


def test_numbers_of_an_optimizer_may_differ_in_one_program_and_its_kind_may_not():
    first = alike(experiments.read(NODE))
    for changes in ({"learning_rate": 0.5}, {"clip": 0.1}, {"b1": 0.5}):
        assert alike(experiments.read(changed(**changes))) == first
    of_schedules = {alike(experiments.read(changed(schedule={"name": "exponential", "factor": f}))) for f in (0.5, 0.9)}
    assert len(of_schedules) == 1
    for changes in ({"name": "rmsprop"}, {"clip": None}, {"batch": 4}, {"schedule": {"warmup": 60}}):
        assert alike(experiments.read(changed(**changes))) != first


CONSTRUCTION = {"interval": 10}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"name": "adamm"},
            r"optimizer.name is 'adamm' \(did you mean adam\?\): allowed are sgd, .*, lion, or module.function",
        ),
        ({"name": "optax.nothing"}, "optimizer.name is 'optax.nothing', which cannot be imported"),
        ({"name": "tests.learners.own_optimizers.clipped"}, "which cannot be used: .*most"),
        ({"name": "tests.learners.own_optimizers.no_transformation"}, "should give an optax.GradientTransformation"),
        ({"momentum": 0.9}, "optimizer.momentum is not a setting: Adam has learning_rate"),
        ({"learning_rate": 0.0}, "optimizer.learning_rate is 0.0: it should be greater than 0"),
        ({"learning_rate": "fast"}, "optimizer.learning_rate is 'fast': it should be a valid number"),
        ({"b1": 1.0}, "optimizer.b1 is 1.0: it should be less than 1"),
        ({"clip": -1.0}, "optimizer.clip is -1.0: it should be greater than 0"),
        ({"batch": 0}, "optimizer.batch is 0: it should be greater than or equal to 1"),
        ({"batch": 3}, "budget is 2000: it should be a multiple of 3, the number of sequences shown at a time"),
        ({"schedule": {"name": "cosine"}}, "optimizer.schedule.steps is missing: a cosine needs"),
        ({"schedule": {"name": "linear"}}, "optimizer.schedule.name is 'linear': it should be 'constant', 'cosine' or"),
        ({"schedule": "cosine"}, "optimizer.schedule is 'cosine': it needs fields"),
        ({"schedule": {"name": "cosine", "steps": 5, "warmup": 5}}, "steps is 5: a cosine should have more than the 5"),
        ({"schedule": {"factor": 0.5}}, "optimizer.schedule.factor is 0.5: only exponential has it"),
        ({"schedule": {"final": 0.5}}, "optimizer.schedule.final is 0.5: only cosine has it"),
        ({"name": "optax.adabelief", "b1": "abc"}, "optimizer.name is 'optax.adabelief', which cannot be used"),
        ({"name": "optax.chain"}, "optimizer.name is 'optax.chain', which cannot be used"),
        ({"name": "optax.noisy_sgd"}, "optax.noisy_sgd', which cannot be used"),
        ({"name": "optax.lbfgs"}, "optimizer.name is 'optax.lbfgs', which cannot be used"),
        ({"schedule": {"steps": 5}}, "optimizer.schedule.steps is 5: only a cosine has an end"),
        ({"weight_change": "never"}, "optimizer.weight_change is 'never': it should be 'sequence' or 'step'"),
        ({"weight_change": "step"}, "optimizer.weight_change is 'step': the optimizer should be sgd, without clip"),
        ({"weight_change": "step", "name": "sgd"}, "the optimizer should be sgd, without clip"),
        ({"weight_change": "step", "name": "sgd", "clip": None}, "optimizer.batch should be 1, not 2"),
        ({"weight_change": "step", "gradient": "bptt"}, "gradient should be truncated or truncated_by_output"),
        ({"construction": CONSTRUCTION}, "construction needs optimizer.batch=1, not 2"),
        ({"construction": CONSTRUCTION, "name": "adamw"}, "construction needs an optimizer that is known to"),
        (
            {"gradient": "magic"},
            "gradient is 'magic': allowed are truncated, truncated_by_autodiff, truncated_by_output, bptt, rtrl",
        ),
        ({"gradient": {"name": "rtrl", "horizon": 3}}, "horizon is 3: it is a setting of bptt, not of rtrl"),
        ({"gradient": {"name": "bptt", "horizon": 0}}, "gradient.horizon is 0: it should be a positive integer"),
        ({"gradient": {"name": "bptt", "steps": 3}}, "gradient.steps is not a setting"),
        ({"gradient": "quickprop", "name": "sgd"}, "optimizer.clip is 1.0: quickprop has a way of its own"),
        (
            {"gradient": "quickprop", "batch": 1, "name": "optax.adam", "clip": None, "schedule": None},
            "optimizer.name is 'optax.adam': quickprop has a way of its own",
        ),
        ({"gradient": "quickprop", "batch": 1}, "optimizer.name is 'adam': quickprop has a way of its own"),
        (
            {"gradient": "quickprop", "batch": 1, "name": "sgd", "clip": None, "schedule": None},
            "'quickprop' and CascadeCorrelation need each other",
        ),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_in_one_sentence(changes, message):
    node = changed(**{name: value for name, value in changes.items() if name != "construction"})
    if "construction" in changes:
        node["construction"] = changes["construction"]
    with pytest.raises(InputError, match=message) as refused:
        experiments.read(node)
    assert "\n" not in str(refused.value)
