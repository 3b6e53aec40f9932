"""Experiment 2c: sequences are read back symbol by symbol; symbols and the geometric tail are drawn as told."""

from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks import Distractors, distractors
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, distributed, uniform_over_integers
from tests.tasks.samples import many

SEQUENCES = 20_000


@cache
def sample(p: int, q: int) -> Sequence:
    return many(Distractors(p=p, q=q), seed=0, sequences=SEQUENCES)


def check_structure(sequences: Sequence, p: int, q: int) -> None:
    """b, x or y, at least q distractors, e; the target tells x from y."""
    e, b, x, y = p, p + 1, p + 2, p + 3
    for symbols, length, target in zip(sequences.inputs, sequences.length, sequences.targets, strict=True):
        start, second, *middle, end = symbols[:length].tolist()
        assert (start, end) == (b, e)
        assert second in (x, y)
        assert len(middle) >= q
        assert set(middle) <= set(range(p))
        assert target.tolist() == ([1, 0] if second == x else [0, 1])


@pytest.mark.slow
@pytest.mark.parametrize(("p", "q"), [(50, 50), (3, 20), (1, 0)])
def test_sequences_are_built_as_told(p, q):
    check_structure(sample(p, q), p, q)
    assert sample(p, q).target_mask is None
    # The shortest lag is q + 1: from x or y at step 1 to e.
    assert min(sample(p, q).length) - 1 == 1 + (q + 1)


@pytest.mark.parametrize(("p", "q"), [(50, 50), (1, 0)])
def test_a_further_distractor_comes_with_probability_nine_tenths(p, q):
    tail = sample(p, q).length - (q + 3)
    longest = 50
    counts = np.bincount(np.minimum(tail, longest), minlength=longest + 1)
    n = np.arange(longest + 1)
    assert distributed(counts, np.where(n < longest, 0.1, 1) * 0.9**n) > FALSE_ALARM


def test_expected_length_is_twelve_more_than_q():
    """Nine further distractors in the mean, besides b, x or y, and e; the variance is 90."""
    excess = np.mean(sample(50, 50).length) - (50 + 9 + 3)
    assert abs(excess) < 4 * np.sqrt(90 / SEQUENCES)


def test_a_sequence_ends_where_its_array_ends(monkeypatch):
    monkeypatch.setattr(distractors, "LONGEST_TAIL", 3)
    sequences = many(Distractors(p=4, q=2), seed=0, sequences=1000)
    check_structure(sequences, p=4, q=2)
    assert sequences.inputs.shape[1] == max(sequences.length) == 3 + 2 + 3


def test_x_and_y_are_equally_probable_whatever_the_length():
    symbols, length = np.asarray(sample(50, 50).inputs), np.asarray(sample(50, 50).length)
    is_y = symbols[:, 1] - 52
    long = length >= 50 + 3 + 7
    for chosen in (is_y, is_y[long], is_y[~long]):
        assert uniform_over_integers(chosen, 0, 1) > FALSE_ALARM


def test_distractors_are_uniform():
    """The first q beside their neighbours and beside the length, and those of the tail."""
    symbols, length = np.asarray(sample(3, 20).inputs), np.asarray(sample(3, 20).length)
    long = (length >= 20 + 3 + 7).astype(int)
    probabilities = np.repeat([1 - 0.9**7, 0.9**7], 3) / 3
    for t in range(2, 21):
        assert uniform_over_integers(3 * symbols[:, t] + symbols[:, t + 1], 0, 8) > FALSE_ALARM
    for t in range(2, 22):
        assert distributed(np.bincount(3 * long + symbols[:, t], minlength=6), probabilities) > FALSE_ALARM
    tail = np.concatenate([row[22 : end - 1] for row, end in zip(symbols, length, strict=True)])
    assert uniform_over_integers(tail, 0, 2) > FALSE_ALARM
    assert uniform_over_integers(np.asarray(sample(50, 50).inputs)[:, 2:52], 0, 49) > FALSE_ALARM


def test_an_answer_is_right_when_both_errors_are_below_the_tolerance():
    outputs = jnp.array(
        [
            # It was y; one column for each answer.
            [0.0, 0.19, -0.19, 0.21, 0.0, -0.21, 0.0, jnp.nan, 0.0],
            [1.0, 0.81, 1.19, 1.0, 0.79, 1.0, 1.21, 1.0, jnp.nan],
        ]
    )
    targets = jnp.broadcast_to(jnp.array([[0.0], [1.0]]), outputs.shape)
    sequence = Sequence(jnp.zeros((60, 9), jnp.int32), targets, jnp.full(9, 60))
    correct = Distractors(p=50, q=50).correct(outputs, sequence)
    np.testing.assert_array_equal(correct, [True] * 3 + [False] * 6)
    # Exactly at the tolerance it is wrong.
    edge = jnp.array([[0.25, 0.0], [1.0, 0.75]])
    assert not Distractors(p=50, q=50, tolerance=0.25).correct(edge, sequence._replace(targets=targets[:, :2])).any()


@pytest.mark.parametrize("wrong", [{"p": 0}, {"q": -1}, {"q": 10**7}, {"p": "50"}, {"tolerance": 0.0}])
def test_bad_settings_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=f"task.{name} is {wrong[name]!r}: it should be"):
        build(Distractors, {"p": 50, "q": 50, **wrong}, "task")
