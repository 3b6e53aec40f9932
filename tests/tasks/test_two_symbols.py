"""Experiments 2a and 2b: every step is compared with a list of symbols built from the definition."""

from functools import cache
from itertools import pairwise
from typing import Literal, get_args

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks import TwoSymbols
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers
from tests.tasks.samples import many

Middle = Literal["regular", "random"]
MIDDLES = get_args(Middle)


@cache
def sample(p: int, middle: Middle) -> Sequence:
    return many(TwoSymbols(p=p, middle=middle), seed=0, sequences=1000)


def symbols(sequences: Sequence) -> np.ndarray:
    """`[sequences, p + 1]`: the inputs, and after them the last target."""
    return np.concatenate([sequences.inputs, np.argmax(sequences.targets[:, -1], axis=1)[:, None]], axis=1)


@pytest.mark.parametrize("p", [2, 7, 40])
def test_regular_sequences_are_the_two_of_2a(p):
    """a_1 is 0, a_2 is 1, ..., then x and y."""
    x, y = p - 1, p
    wanted = {(first, *range(p - 1), first) for first in (x, y)}
    assert {tuple(row) for row in symbols(sample(p, "regular"))} == wanted


@pytest.mark.slow
@pytest.mark.parametrize("p", [2, 7, 40])
def test_random_sequences_begin_and_end_alike(p):
    x, y = p - 1, p
    for first, *middle, last in symbols(sample(p, "random")):
        assert first == last
        assert first in (x, y)
        assert len(middle) == p - 1
        assert 0 <= min(middle) <= max(middle) < p - 1


@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize("p", [2, 7, 40])
def test_the_next_symbol_is_the_target_at_every_step(p, middle):
    sequences = sample(p, middle)
    assert sequences.inputs.shape == (1000, p)
    np.testing.assert_array_equal(sequences.length, p)
    assert sequences.target_mask is not None
    np.testing.assert_array_equal(sequences.target_mask, np.ones((1000, p), bool))
    np.testing.assert_array_equal(sequences.targets, np.eye(p + 1)[symbols(sequences)[:, 1:]])


@pytest.mark.parametrize("middle", MIDDLES)
def test_x_and_y_are_equally_probable(middle):
    assert uniform_over_integers(symbols(sample(40, middle))[:, 0], 39, 40) > FALSE_ALARM


def test_random_symbols_are_uniform_at_every_step():
    first, *middle, _ = symbols(sample(7, "random")).T
    for symbol in middle:
        assert uniform_over_integers(symbol, 0, 5) > FALSE_ALARM
    # Each on its own, and whatever came first.
    for a, b in pairwise(middle):
        assert uniform_over_integers(6 * a + b, 0, 35) > FALSE_ALARM
    for symbol in middle:
        assert uniform_over_integers(6 * (first - 6) + symbol, 0, 11) > FALSE_ALARM


@pytest.mark.parametrize("middle", MIDDLES)
def test_an_error_at_the_end_alone_has_the_last_target_alone(middle):
    every_step = sample(7, middle)
    end = many(TwoSymbols(p=7, middle=middle, errors_at="end"), seed=0, sequences=1000)
    assert end.target_mask is None
    np.testing.assert_array_equal(end.inputs, every_step.inputs)
    np.testing.assert_array_equal(end.length, every_step.length)
    np.testing.assert_array_equal(end.targets, every_step.targets[:, -1])


NAN = float("nan")
JUDGED = [  # error of an output at the first and at the last step; right at every step; right at the end
    (0.0, 0.0, True, True),
    (0.24, -0.24, True, True),
    (0.26, 0.0, False, True),
    (-0.26, 0.24, False, True),
    (0.25, 0.0, False, True),
    (0.0, 0.25, False, False),
    (0.0, -0.26, False, False),
    (NAN, 0.0, False, True),
    (0.0, NAN, False, False),
]


@pytest.mark.parametrize("output", range(4))
def test_an_answer_is_right_when_every_error_is_below_the_tolerance(output):
    first, last, at_every_step, at_end = zip(*JUDGED, strict=True)
    # y, a_1, a_2, y: the targets are 0, 1, 3.
    targets = np.repeat(np.eye(4, dtype=np.float32)[[0, 1, 3], :, None], len(JUDGED), axis=-1)
    outputs = targets.copy()
    outputs[0, output] += first
    outputs[2, output] += last
    steps = np.ones((3, len(JUDGED)), np.int32)
    sequence = Sequence(*map(jnp.asarray, (steps, targets, 3 * steps[0], steps == 1)))
    end = sequence._replace(targets=jnp.asarray(targets[-1]), target_mask=None)
    outputs = jnp.asarray(outputs)
    np.testing.assert_array_equal(TwoSymbols(p=3).correct(outputs, sequence), at_every_step)
    np.testing.assert_array_equal(TwoSymbols(p=3, judged_at="end").correct(outputs, sequence), at_end)
    np.testing.assert_array_equal(TwoSymbols(p=3, errors_at="end").correct(outputs[-1], end), at_end)


@pytest.mark.parametrize(
    "wrong", [{"p": 1}, {"middle": "other"}, {"errors_at": "start"}, {"judged_at": "start"}, {"tolerance": 0.0}]
)
def test_bad_settings_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=f"task.{name} is {wrong[name]!r}: it should be"):
        build(TwoSymbols, wrong, "task")
