"""Experiment 6: every class is recomputed from the raw string; symbols, positions and lengths are drawn as told."""

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.tasks import TemporalOrder
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers
from tests.tasks.samples import many

TASKS = {
    "6a": TemporalOrder(positions=((10, 20), (50, 60))),
    "6b": TemporalOrder(positions=((10, 20), (33, 43), (66, 76))),
    "no room to spare": TemporalOrder(positions=((1, 1), (2, 3), (4, 5)), min_length=7, max_length=8),
}


@cache
def sample(name: str) -> Any:
    return many(TASKS[name], seed=0, sequences=5000)


def string(symbols: np.ndarray, length: int) -> str:
    return "".join("EBabcdXY"[symbol] for symbol in symbols[:length])


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_strings_are_built_as_told(name):
    task, sequences = TASKS[name], sample(name)
    for symbols, length in zip(sequences.inputs, sequences.length, strict=True):
        text = string(symbols, length)
        assert text[0] == "E"
        assert text[-1] == "B"
        positions = [t for t, symbol in enumerate(text) if symbol in "XY"]
        assert len(positions) == len(task.positions)
        for position, (first, last) in zip(positions, task.positions, strict=True):
            assert first <= position <= last
        rest = {symbol for t, symbol in enumerate(text[1:-1], start=1) if t not in positions}
        assert rest <= set("abcd")


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_target_is_the_order_as_a_binary_number(name):
    task, sequences = TASKS[name], sample(name)
    for symbols, length, target in zip(sequences.inputs, sequences.length, sequences.targets, strict=True):
        order = [symbol for symbol in string(symbols, length) if symbol in "XY"]
        number = int("".join("01"["XY".index(symbol)] for symbol in order), base=2)
        np.testing.assert_array_equal(target, np.eye(2 ** len(task.positions))[number])


def test_classes_of_6a_are_q_r_s_u():
    sequences = sample("6a")
    seen = {}
    for symbols, length, target in zip(sequences.inputs, sequences.length, sequences.targets, strict=True):
        order = "".join(symbol for symbol in string(symbols, length) if symbol in "XY")
        seen.setdefault(order, set()).add("QRSU"[int(np.argmax(target))])
    assert seen == {"XX": {"Q"}, "XY": {"R"}, "YX": {"S"}, "YY": {"U"}}


@pytest.mark.parametrize("name", TASKS)
def test_everything_is_uniform(name):
    task, (symbols, targets, length, *_) = TASKS[name], sample(name)
    classes = np.argmax(targets, axis=1)
    assert uniform_over_integers(classes, 0, 2 ** len(task.positions) - 1) > FALSE_ALARM
    assert uniform_over_integers(np.asarray(length), task.min_length, task.max_length) > FALSE_ALARM
    for first, last in task.positions[1:] if name == "no room to spare" else task.positions:
        window = symbols[:, first : last + 1]
        assert uniform_over_integers(first + np.argmax(window >= 6, axis=1), first, last) > FALSE_ALARM
    inner = np.asarray(symbols[:, 1 : task.min_length - 1])
    assert uniform_over_integers(inner[(inner >= 2) & (inner <= 5)], 2, 5) > FALSE_ALARM


def test_an_answer_is_correct_when_every_error_is_below_the_tolerance():
    outputs = jnp.array(
        [
            # The class is the second; one column for each answer.
            [0.0, 0.29, 0.31, 0.0, 0.0, jnp.nan, 0.0],
            [1.0, 0.71, 1.0, 0.69, 1.0, 1.0, jnp.nan],
            [0.0, 0.29, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.0, 0.29, 0.0, 0.0, -0.31, 0.0, 0.0],
        ]
    )
    targets = jnp.broadcast_to(jnp.array([0.0, 1.0, 0.0, 0.0])[:, None], outputs.shape)
    sequence = Sequence(jnp.zeros((100, 7), jnp.int32), targets, jnp.full(7, 100))
    correct = TASKS["6a"].correct(outputs, sequence)
    np.testing.assert_array_equal(correct, [True, True, False, False, False, False, False])
