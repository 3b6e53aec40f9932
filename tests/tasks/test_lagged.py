"""Tasks by their lag: it is measured in drawn sequences, element by element."""

import json
from typing import Any

import numpy as np
import pytest

from lstm_jax.configuration import named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, TemporalOrder
from lstm_jax.tasks.lagged import LAGGED, lagged
from tests.tasks.samples import many

LAGS = (10, 30, 100)
FURTHER = (300, 1000, 3000)
SHORTEST = {"adding": 10, "multiplication": 10, "temporal_order_2": 10, "temporal_order_3": 10, "copy_memory": 6}


def true_lag(name: str, lag: int) -> int:
    """What is rounded, as the module says it."""
    rounded = {
        "two_sequences": {10: 17, 30: 37, 100: 107},
        "adding": {10: 15, 30: 30, 100: 100},
        "multiplication": {10: 15, 30: 30, 100: 100},
    }
    return rounded.get(name, {}).get(lag, lag)


def last_places(name: str, sequences: Any) -> np.ndarray:
    """Where in each sequence the last element stands that has to be kept; where it is the first, where that stands."""
    inputs = sequences.inputs
    if name in ("adding", "multiplication"):
        marks = inputs[:, :, 1] == 1
        return marks.shape[1] - 1 - np.argmax(marks[:, ::-1], axis=1)
    if name.startswith("temporal_order"):
        marks = inputs >= 6
        return marks.shape[1] - 1 - np.argmax(marks[:, ::-1], axis=1)
    if name == "distractors":
        return np.argmax(inputs >= 22, axis=1)
    if name in ("two_sequences", "latch", "delayed_xor"):
        signals = np.all(np.abs(inputs[:, :, 0]) == 1, axis=0)
        assert signals.sum() == {"two_sequences": 3, "latch": 1, "delayed_xor": 2}[name]
        return np.full(len(inputs), np.flatnonzero(signals)[-1])
    assert name in ("copy_memory", "parity", "modular_sum")
    return np.zeros(len(inputs), int)


def asked_at(name: str, sequences: Any) -> np.ndarray:
    """The step that asks for the element."""
    if name == "copy_memory":
        steps = np.argmax(sequences.target_mask, axis=1)
        answers = np.argmax(sequences.targets[np.arange(len(steps)), steps], axis=1)
        np.testing.assert_array_equal(answers, sequences.inputs[:, 0])
        return steps
    return sequences.length - 1


@pytest.mark.parametrize(
    ("name", "lag"),
    [
        *((name, 10) for name in LAGGED),
        *(pytest.param(name, LAGS[1 + i % 2], marks=pytest.mark.slow) for i, name in enumerate(LAGGED)),
    ],
)
def test_a_task_has_the_lag_claimed(name, lag):
    task = named(TASKS, lagged(name, lag), "task")
    sequences = many(task, seed=0, sequences=2000)
    places, ends = last_places(name, sequences), asked_at(name, sequences)
    assert (ends - places).min() >= true_lag(name, lag)
    # The latest place and the earliest end have nothing to do with each other.
    assert ends.min() - places.max() == true_lag(name, lag)


@pytest.mark.parametrize("name", LAGGED)
def test_every_lag_is_of_a_task_with_as_many_inputs_and_outputs(name):
    sizes = set()
    for lag in (*LAGS, *FURTHER, *range(10, 100), 123, 4567):
        node = lagged(name, lag)
        assert node == json.loads(json.dumps(node))  # plain values
        task = named(TASKS, node, "task")
        sizes.add((task.inputs, task.outputs))
    assert len(sizes) == 1


@pytest.mark.parametrize("name", ["two_sequences", "adding", "multiplication"])
def test_what_is_rounded_is_never_shorter_than_asked_and_less_than_ten_longer(name):
    for lag in range(10, 200):
        length = lagged(name, lag)["length"]
        true = length - 3 if name == "two_sequences" else length // 2
        assert lag <= true < lag + 10


def test_at_their_lags_the_temporal_orders_are_those_of_the_paper():
    assert named(TASKS, lagged("temporal_order_2", 39), "task") == TemporalOrder()
    wanted = TemporalOrder(positions=((10, 20), (33, 43), (66, 76)))
    assert named(TASKS, lagged("temporal_order_3", 23), "task") == wanted


@pytest.mark.parametrize("name", LAGGED)
def test_every_task_says_what_its_lag_is(name):
    assert ": the lag is from " in (LAGGED[name].__doc__ or "")
    assert LAGGED[name].__name__ == name


@pytest.mark.parametrize("name", LAGGED)
def test_a_lag_that_is_too_short_is_refused(name):
    least = SHORTEST.get(name, 1)
    named(TASKS, lagged(name, least), "task")
    for lag in (least - 1, -5):
        with pytest.raises(InputError) as error:
            lagged(name, lag)
        assert str(error.value) == f"lag is {lag}: {name} should have at least {least}."


def own(lag: int) -> dict[str, Any]:
    """A task of one's own with a lag."""
    return {"name": "modern_adding", "length": 2 * lag}


def test_a_function_of_ones_own_is_found():
    assert lagged(f"{__name__}.own", 50) == {"name": "modern_adding", "length": 100}


@pytest.mark.parametrize(
    ("name", "lag", "start"),
    [
        ("addition", 10, "task is 'addition' (did you mean adding?): allowed are distractors, "),
        ("no_module.function", 10, "task is 'no_module.function', which cannot be imported: "),
        (f"{__name__}.LAGS", 10, f"task is '{__name__}.LAGS': it should name a function "),
        ("adding", 10.5, "lag is 10.5: it should be a whole number"),
        ("adding", True, "lag is True: it should be a whole number"),
        ("adding", "10", "lag is '10': it should be a whole number"),
    ],
)
def test_what_is_no_task_or_no_lag_is_refused(name, lag, start):
    with pytest.raises(InputError) as error:
        lagged(name, lag)
    assert str(error.value).startswith(start)
