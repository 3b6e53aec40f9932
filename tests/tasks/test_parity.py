"""Parity: ones are counted one by one; elements, lengths and noise are drawn as told."""

import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks import Parity
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, uniform_over_integers, uniform_over_interval
from tests.tasks.samples import many

SHORT = Parity(min_length=10, max_length=16)
NOISY = Parity(min_length=10, max_length=16, noise=0.2)


@pytest.fixture(scope="module", params=[SHORT, NOISY])
def sequences(request) -> Sequence:
    return many(request.param, seed=0, sequences=10_000)


def test_the_target_is_whether_the_number_of_ones_is_odd(sequences):
    for i in range(500):
        ones = sum(1 for x in sequences.inputs[i, : sequences.length[i], 0] if x > 0)
        assert sequences.targets[i, 0] == ones % 2


def test_elements_and_lengths_are_uniform_and_do_not_know_of_one_another(sequences):
    assert uniform_over_integers(np.asarray(sequences.length), 10, 16) > FALSE_ALARM
    ones = (sequences.inputs[:, :, 0] > 0).astype(int)
    for t in range(15):
        assert uniform_over_integers(2 * ones[:, t] + ones[:, t + 1], 0, 3) > FALSE_ALARM
        assert uniform_over_integers(2 * ones[:, t] + sequences.targets[:, 0].astype(int), 0, 3) > FALSE_ALARM


def test_noise_is_uniform_around_the_elements():
    clean, noisy = (many(task, seed=0, sequences=10_000).inputs for task in (SHORT, NOISY))
    assert set(np.unique(clean)) == {-1, 1}
    np.testing.assert_array_equal(clean > 0, noisy > 0)
    noise = np.asarray(noisy, np.float64) - clean
    assert uniform_over_interval(noise[:, 3, 0], -0.2 - 1e-6, 0.2 + 1e-6) > FALSE_ALARM
    assert uniform_over_interval(noise.reshape(-1)[:50_000], -0.2 - 1e-6, 0.2 + 1e-6) > FALSE_ALARM


def test_lengths_are_those_of_the_published_experiments():
    sequences = many(Parity(), seed=1, sequences=2000)
    assert uniform_over_integers(np.asarray(sequences.length), 500, 600) > FALSE_ALARM


@pytest.mark.parametrize(("name", "value"), [("noise", -0.1), ("max_length", 9), ("min_length", 1)])
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(Parity, {"min_length": 10, "max_length": 16, name: value}, "task")
    assert str(error.value).startswith(f"task.{name} is {value}: it should ")
