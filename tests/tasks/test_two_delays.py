"""Two delays: the event, the two lengths and the targets are counted in draws."""

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build, named
from lstm_jax.errors import InputError
from lstm_jax.tasks import TASKS, TwoDelays
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers
from tests.tasks.samples import many

TASK = TwoDelays(delays=(3, 11))


def test_the_end_is_one_of_two_delays_after_the_event():
    sequences = many(TASK, seed=0, sequences=2000)
    assert sequences.inputs.shape == (2000, 12, 1)
    assert (sequences.inputs[:, 0] == 1).all() and not sequences.inputs[:, 1:].any()
    seen = set(zip(sequences.length.tolist(), sequences.targets[:, 0].tolist(), strict=True))
    assert seen == {(4, 0.0), (12, 1.0)}
    assert uniform_over_integers(sequences.length // 12, 0, 1) > FALSE_ALARM


def test_an_answer_is_correct_when_its_error_is_below_the_tolerance():
    outputs = jnp.array([[1.0, 0.701, 0.699, 1.299, 1.301, jnp.nan]])
    sequence = Sequence(jnp.zeros((12, 1, 6)), jnp.ones((1, 6)), jnp.full(6, 12))
    np.testing.assert_array_equal(TASK.correct(outputs, sequence), [True, True, False, True, False, False])


def test_it_is_chosen_by_its_name():
    assert named(TASKS, {"name": "two_delays", "delays": [3, 11]}, "task") == TASK


@pytest.mark.parametrize(
    ("name", "value"), [("delays", (11, 3)), ("delays", (3, 3)), ("delays", (0, 3)), ("delays", (3,)), ("tolerance", 0)]
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError, match=rf"^task\.{name}"):
        build(TwoDelays, {name: value}, "task")
