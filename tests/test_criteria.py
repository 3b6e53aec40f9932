"""The window against a plain list of the most recent presentations, examinations, and errors against NumPy."""

import dataclasses
import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax import stages
from lstm_jax.configuration import build
from lstm_jax.criteria import Examination, Examined, Outcome, Window, largest_error, mean_error
from lstm_jax.errors import InputError
from lstm_jax.types import Sequence


def run(window: Window, correct: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Feed `[presentations, *lanes]`; which stages were met after each."""
    state = window.start(correct.shape[1:])
    met = []
    for i in range(len(correct)):
        outcome = Outcome(jnp.asarray(correct[i]), jnp.asarray(error[i], jnp.float32))
        state, now = window.update(state, jnp.int32(i), outcome)
        met.append(np.asarray(now))
    return np.array(met)


def expected(window: Window, correct: np.ndarray, error: np.ndarray) -> np.ndarray:
    met = np.zeros((len(correct), len(window.fewer_wrong_than), *correct.shape[1:]), bool)
    for i in range(window.size - 1, len(correct)):
        recent = slice(i + 1 - window.size, i + 1)
        small = np.mean(error[recent], axis=0) < (window.mean_error_below or np.inf)
        for stage, bound in enumerate(window.fewer_wrong_than):
            met[i, stage] = (np.sum(~correct[recent], axis=0) < bound) & small
    return met


@pytest.mark.slow
@pytest.mark.parametrize("mean_error_below", [None, 0.31])
def test_equals_a_list_of_recent_presentations(mean_error_below):
    window = Window(size=7, fewer_wrong_than=(4, 2), mean_error_below=mean_error_below)
    rng = np.random.default_rng(0)
    correct = rng.random((200, 3)) < 0.7
    error = rng.random((200, 3)) * 0.6
    wanted = expected(window, correct, error)
    assert 0 < wanted.mean() < 1
    np.testing.assert_array_equal(run(window, correct, error), wanted)


def test_cannot_be_met_before_the_window_is_full():
    met = run(Window(size=5, fewer_wrong_than=(5,)), np.ones((6, 1), bool), np.zeros((6, 1)))
    np.testing.assert_array_equal(met[:, 0, 0], [False, False, False, False, True, True])


def test_nan_and_large_errors_count_as_one_and_leave_the_window_again():
    window = Window(size=2, fewer_wrong_than=(3,), mean_error_below=0.4)
    error = np.array([[np.nan], [0.1], [0.1], [1e30], [0.1], [0.1]])
    met = run(window, np.ones((6, 1), bool), error)
    np.testing.assert_array_equal(met[:, 0, 0], [False, False, True, False, False, True])


@pytest.mark.parametrize("size", [1, 2, 3, 127, 128])
def test_the_largest_errors_fill_a_window_without_overflow(size):
    window = Window(size=size, fewer_wrong_than=(1,), mean_error_below=0.999)
    assert not run(window, np.ones((2 * size, 1), bool), np.ones((2 * size, 1))).any()


def test_errors_are_averaged_or_summed_as_read():
    outputs, targets = jnp.array([[0.5], [1.0]]), jnp.array([[0.0], [0.75]])
    sequence = Sequence(jnp.zeros((1, 1), jnp.int32), targets, jnp.ones(1, jnp.int32))
    right = jnp.array([True])

    def error(**reading):
        window = Window(size=1, fewer_wrong_than=(1,), **reading)
        return float(window.outcome(right, outputs, sequence).error[0])

    assert error() == error(error="absolute", over_outputs="mean") == 0.375
    assert error(error="absolute", over_outputs="sum") == 0.75
    assert error(error="squared", over_outputs="mean") == 0.15625
    assert error(error="squared", over_outputs="sum") == 0.3125


def test_no_stage_is_refused():
    with pytest.raises(InputError, match="fewer_wrong_than"):
        Window(size=10, fewer_wrong_than=())


@pytest.mark.parametrize("counted", [True, False])
def test_the_last_window_is_counted_or_not_but_met_at_the_same_time(counted):
    window = Window(size=5, fewer_wrong_than=(2,), counted=counted)
    assert window.uncounted == (0 if counted else 5)
    assert window.fewest_presentations == 5
    correct = np.ones((9, 1), bool)
    correct[:3] = False
    met = run(window, correct, np.zeros((9, 1)))
    np.testing.assert_array_equal(met[:, 0, 0], [False] * 6 + [True] * 3)


TIME, OUTPUTS = 5, 3


def shown(lanes: tuple[int, ...], every_step: bool, has_expected: bool) -> tuple[np.ndarray, Sequence]:
    """Random outputs and a sequence; outputs at steps that do not count are far off."""
    rng = np.random.default_rng(0)
    shape = (TIME, OUTPUTS, *lanes) if every_step else (OUTPUTS, *lanes)
    outputs, targets, expectation = (rng.normal(size=shape).astype(np.float32) for _ in range(3))
    mask = None
    if every_step:
        mask = rng.random((TIME, *lanes)) < 0.6
        mask[2] = True
        assert not mask.all()
        outputs = np.where(mask[:, None], outputs, np.float32(1e6))
    drawn = (np.zeros((TIME, *lanes), np.int32), targets, np.full(lanes, TIME), mask)
    drawn += (expectation if has_expected else None,)
    return outputs, Sequence(*jax.tree.map(jnp.asarray, drawn))


@pytest.mark.parametrize("lanes", [(), (2, 3)])
@pytest.mark.parametrize("has_expected", [False, True], ids=["targets", "expected"])
@pytest.mark.parametrize("every_step", [False, True], ids=["end", "every step"])
@pytest.mark.parametrize("over_outputs", ["mean", "sum"])
@pytest.mark.parametrize("error", ["absolute", "squared"])
def test_mean_error_is_numpys(error, over_outputs, every_step, has_expected, lanes):
    outputs, sequence = shown(lanes, every_step, has_expected)
    found = mean_error(jnp.asarray(outputs), sequence, error, over_outputs)
    assert found.shape == lanes
    wanted = np.asarray(sequence.expected if has_expected else sequence.targets, np.float64)
    for lane in np.ndindex(lanes):
        own = (slice(None), slice(None), *lane) if every_step else (slice(None), *lane)
        difference = outputs[own] - wanted[own]
        if every_step:
            difference = difference[np.asarray(sequence.target_mask)[(slice(None), *lane)]]
        difference = np.abs(difference) if error == "absolute" else difference**2
        over = difference.mean(axis=-1) if over_outputs == "mean" else difference.sum(axis=-1)
        assert float(found[lane]) == pytest.approx(over.mean(), rel=1e-5)


@pytest.mark.parametrize("lanes", [(), (4,), (2, 3)])
@pytest.mark.parametrize("every_step", [False, True], ids=["end", "every step"])
def test_largest_error_is_numpys(every_step, lanes):
    outputs, sequence = shown(lanes, every_step, has_expected=False)
    found = largest_error(jnp.asarray(outputs), sequence)
    difference = np.abs(outputs - np.asarray(sequence.targets))
    if every_step:
        difference = np.where(np.asarray(sequence.target_mask)[:, None], difference, 0).max(axis=0)
    np.testing.assert_array_equal(found, difference.max(axis=0))


def test_curves_of_examined_trials_show_the_mean_absolute_error():
    outputs, sequence = shown((4,), every_step=True, has_expected=True)
    examination = Examination(sequences=1, fewer_wrong_than=(1,), mean_error_below=(None,))
    correct = jnp.array([True, False, True, False])
    outcome = examination.outcome(correct, jnp.asarray(outputs), sequence)
    np.testing.assert_array_equal(outcome.correct, correct)
    np.testing.assert_array_equal(outcome.error, mean_error(jnp.asarray(outputs), sequence))


def examined(examination: Examination, presentations: int, wrong: Any, error: Any) -> tuple[np.ndarray, list[int]]:
    """Which stages are met after a presentation of number `presentations`, and what was asked to be shown."""
    asked = []

    def examine(sequences: int, limit: int) -> Examined:
        assert limit == max(examination.fewer_wrong_than)
        jax.debug.callback(lambda: asked.append(sequences))
        return Examined(jnp.asarray(wrong, jnp.int32), jnp.asarray(error, jnp.float32))

    # What a presentation in training shows does not matter.
    outcome = Outcome(jnp.zeros(np.shape(wrong), bool), jnp.full(np.shape(wrong), jnp.nan))
    state = examination.start(np.shape(wrong))
    _, met = examination.update(state, jnp.int32(presentations), outcome, examine)
    jax.effects_barrier()
    return np.asarray(met), asked


def test_a_net_is_examined_when_it_is_due_and_only_then():
    examination = Examination(sequences=17, fewer_wrong_than=(1,), mean_error_below=(None,), interval=3)
    assert examination.fewest_presentations == 3
    assert examination.uncounted == 0
    for presentations in range(10):
        met, asked = examined(examination, presentations, [0, 5], [0.0, 0.0])
        due = presentations in (2, 5, 8)
        assert asked == ([17] if due else [])
        np.testing.assert_array_equal(met, [[due, False]])


def test_stages_of_an_examination_are_met_each_by_itself():
    examination = Examination(sequences=256, fewer_wrong_than=(1, 5, 3), mean_error_below=(None, 0.5, 0.25), interval=1)
    wrong = [0, 0, 1, 2, 4, 5, 2, 3]
    error = [9.0, 0.1, 0.1, 0.25, 0.1, 0.1, 0.5, 0.2]
    met, _ = examined(examination, 0, wrong, error)
    np.testing.assert_array_equal(
        met,
        [
            [True, True, False, False, False, False, False, False],
            [False, True, True, True, True, False, False, True],
            [False, True, True, False, False, False, False, False],
        ],
    )


@pytest.mark.parametrize("error", [np.nan, np.inf])
def test_nan_never_meets_a_bound(error):
    examination = Examination(sequences=9, fewer_wrong_than=(9, 9), mean_error_below=(None, 1e30), interval=1)
    met, _ = examined(examination, 0, [0, 0], [0.1, error])
    np.testing.assert_array_equal(met, [[True, False], [True, False]])


def test_stages_are_named_after_their_bounds():
    examination = Examination(sequences=256, fewer_wrong_than=(4, 1, 1), mean_error_below=(0.5, None, 0.01))
    assert examination.stages == (
        ("fewer than 4 of 256 wrong, mean error below 0.5", "n < 4, error < 0.5"),
        ("none of 256 wrong", "n = 0"),
        ("none of 256 wrong, mean error below 0.01", "n = 0, error < 0.01"),
    )
    window = Window(size=2000, fewer_wrong_than=(13, 1), mean_error_below=0.1)
    assert window.stages == (("fewer than 13 of 2000 wrong", "n < 13"), ("none of 2000 wrong", "n = 0"))


@pytest.mark.parametrize(
    ("name", "criterion"),
    [
        ("window", Window(size=2000, fewer_wrong_than=(140, 13), mean_error_below=0.04)),
        ("examination", Examination(sequences=256, fewer_wrong_than=(6, 1), mean_error_below=(None, 0.04))),
    ],
)
def test_a_configuration_names_the_stages_as_its_criterion_does(name, criterion):
    node = json.loads(json.dumps({"name": name} | dataclasses.asdict(criterion)))
    assert stages.configured(node) == criterion.stages
    assert stages.configured({"name": "my_module.Mine", "fewer_wrong_than": [3]}) == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fewer_wrong_than": [], "mean_error_below": []}, "fewer_wrong_than is .*at least one bound"),
        ({"mean_error_below": []}, "mean_error_below is .*each of the 1 stages"),
        ({"mean_error_below": [0.1, None]}, "mean_error_below is .*each of the 1 stages"),
        ({"mean_error_below": [0.0]}, "mean_error_below is"),
        ({"fewer_wrong_than": [0]}, "fewer_wrong_than is"),
        ({"sequences": 0}, "sequences is 0"),
        ({"interval": 0}, "interval is 0"),
    ],
)
def test_bad_examinations_are_refused(change, message):
    node = {"sequences": 256, "fewer_wrong_than": [1], "mean_error_below": [None]}
    assert build(Examination, node, "criterion").stages == (("none of 256 wrong", "n = 0"),)
    with pytest.raises(InputError, match=rf"criterion\.{message}"):
        build(Examination, node | change, "criterion")
