"""Any optimizer on lanes, against optax applied by hand to one net at a time, in float64."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lstm_jax.gradients import truncated
from lstm_jax.learners import read_optimizer
from tests.gradients.cases import COMPILE_QUICKLY
from tests.learners.cases import CHANGES, NETWORK, RATES, TASK, learner, lessons

F64 = np.float64
"""Powers of plain numbers are of 32 bits in optax."""

COSINE = [n / 3 for n in range(3)] + [0.1 + 0.45 * (1 + math.cos(math.pi * min(1, n / 6))) for n in range(CHANGES)]
"""A rise over 3 changes, and a fall to a tenth over the next 6."""

CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "sgd": ({}, optax.sgd),
    "momentum": ({"name": "momentum", "momentum": 0.8}, lambda rate: optax.sgd(rate, 0.8)),
    "nesterov": ({"name": "momentum", "nesterov": True}, lambda rate: optax.sgd(rate, 0.9, nesterov=True)),
    "rmsprop": ({"name": "rmsprop", "decay": 0.7}, lambda rate: optax.rmsprop(rate, 0.7)),
    "adam": (
        {"name": "adam", "b1": 0.8, "epsilon": 1e-3},
        lambda rate: optax.adam(rate, F64(0.8), F64(0.999), eps=1e-3),
    ),
    "adamw": (
        {"name": "adamw", "weight_decay": 0.1},
        lambda rate: optax.adamw(rate, F64(0.9), F64(0.999), weight_decay=0.1),
    ),
    "lion": ({"name": "lion", "b2": 0.9}, lambda rate: optax.lion(rate, b2=0.9)),
    "clip": ({"clip": 0.05}, lambda rate: optax.chain(optax.clip_by_global_norm(0.05), optax.sgd(rate))),
    "cosine": (
        {"schedule": {"name": "cosine", "warmup": 3, "steps": 9, "final": 0.1}},
        lambda rate: optax.sgd(lambda n: rate * COSINE[np.asarray(n).item()]),
    ),
    "exponential": (
        {"name": "adam", "schedule": {"name": "exponential", "factor": 0.7}},
        lambda rate: optax.adam(lambda count: rate * F64(0.7) ** count, F64(0.9), F64(0.999)),
    ),
    "warmup": (
        {"schedule": {"warmup": 5}},
        lambda rate: optax.sgd(lambda n: rate * min(1.0, np.asarray(n).item() / 5)),
    ),
    "optax.adabelief": (
        {"name": "optax.adabelief", "b1": 0.8, "b2": 0.999},
        lambda rate: optax.adabelief(rate, b1=F64(0.8), b2=F64(0.999)),
    ),
    # A setting that is nothing, one that is a word, and a whole number, among numbers that may vary.
    "optax.sgd": (
        {"name": "optax.sgd", "accumulator_dtype": None, "momentum": 0.5, "nesterov": True},
        lambda rate: optax.sgd(rate, 0.5, nesterov=True),
    ),
    "optax.adafactor": (
        {"name": "optax.adafactor", "min_dim_size_to_factor": 2, "momentum": 0.5},
        lambda rate: optax.adafactor(rate, min_dim_size_to_factor=2, momentum=0.5),
    ),
    "one's own": (
        {"name": "tests.learners.own_optimizers.clipped", "most": 0.05},
        lambda rate: optax.chain(optax.clip_by_global_norm(0.05), optax.sgd(rate)),
    ),
}


GRADIENT = jax.jit(truncated, static_argnums=0, compiler_options=COMPILE_QUICKLY)
SAMPLE = jax.jit(TASK.sample, compiler_options=COMPILE_QUICKLY)


@pytest.mark.slow
@pytest.mark.parametrize("node, theirs", CASES.values(), ids=CASES)
def test_lanes_change_as_optax_changes_each_net_alone(node, theirs, float64):
    ours, keys = learner(node), jax.random.split(jax.random.key(1), len(RATES))
    first = NETWORK.init(keys, jnp.ones(len(RATES), jnp.float64))
    weights, memory = first, ours.start(NETWORK, first, keys.shape)

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def learn(weights, memory, n):
        return ours.learn(NETWORK, weights, memory, lessons(TASK, keys, n))

    for n in range(CHANGES):
        weights, memory, *_ = learn(weights, memory, jnp.int32(n))
    for lane, rate in enumerate(RATES):
        own = jax.tree.map(lambda w, lane=lane: w[..., lane], first)
        optimizer = theirs(rate)
        state = optimizer.init(own)
        for n in range(CHANGES):
            sequence = SAMPLE(jax.random.fold_in(keys[lane], n))
            with jax.numpy_dtype_promotion("standard"):
                change, state = optimizer.update(GRADIENT(NETWORK, own, sequence)[0], state, own)
            own = optax.apply_updates(own, change)
        for got, want in zip(jax.tree.leaves(weights), jax.tree.leaves(own), strict=True):
            np.testing.assert_allclose(got[..., lane], want, rtol=1e-9, atol=1e-12)
        assert any(
            (a[..., lane] != b[..., lane]).any() for a, b in zip(*map(jax.tree.leaves, (weights, first)), strict=True)
        )


def test_a_rise_and_a_cosine_are_those_of_optax():
    theirs = optax.warmup_cosine_decay_schedule(0.0, 1.0, 3, 9, end_value=0.1)
    np.testing.assert_allclose([np.asarray(theirs(n)) for n in range(CHANGES)], COSINE[:CHANGES], rtol=1e-6)


def test_adam_is_the_algorithm_of_the_paper():
    """Kingma and Ba (2015), algorithm 1, in NumPy."""
    rng = np.random.default_rng(0)
    gradients, weight = rng.normal(size=(6, 3)), rng.normal(size=3)
    node = {"name": "adam", "learning_rate": 0.1, "b1": 0.7, "b2": 0.9, "epsilon": 1e-4}
    with jax.enable_x64(True):
        ours = read_optimizer(node).transformation(1)
        w = jnp.asarray(weight)
        state = ours.init(w)
        for g in gradients:
            change, state = ours.update(jnp.asarray(g), state, w)
            w = optax.apply_updates(w, change)
    m = v = np.zeros(3)
    for t, g in enumerate(gradients, start=1):
        m, v = 0.7 * m + 0.3 * g, 0.9 * v + 0.1 * g**2
        weight = weight - 0.1 * (m / (1 - 0.7**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-4)
    np.testing.assert_allclose(np.asarray(w), weight, rtol=1e-12)
