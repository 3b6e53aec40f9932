"""Back-propagation that is cut after some steps."""

import jax
import numpy as np
import pytest

from lstm_jax.gradients import bptt, present, truncated_by_autodiff
from tests.gradients.cases import (
    DISTINCT_CASES,
    LENGTHS,
    OTHER_CASES,
    TIME,
    assert_close,
    lane,
    make,
    result,
)
from tests.references import elman

pytestmark = pytest.mark.usefixtures("float64")

RECURRENT = [case for case in DISTINCT_CASES if case.values[1] == "4-1"]
KINDS = ("gru", "mlstm", "slstm, heads", "fully recurrent", "time delay, vectors")
"""Carries of one part and of several, of vectors and matrices, with and without output units; either kind of errors."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "row", "every_step"), [*RECURRENT, *(case for case in OTHER_CASES if case.values[1] in KINDS)]
)
def test_a_horizon_of_all_steps_is_no_horizon(size, row, every_step):
    gradients, outputs = result(TIME, size, row, every_step)
    wanted, wanted_outputs = result(bptt, size, row, every_step)
    assert_close(gradients, wanted, 1e-10)
    shown = np.arange(TIME)[:, None, None] < np.array(LENGTHS) if every_step else True
    np.testing.assert_allclose(np.where(shown, outputs, 0), np.where(shown, wanted_outputs, 0), rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("horizon", [1, 2, 5])
@pytest.mark.parametrize("row", ["elman", "table 2"])
def test_it_is_back_propagation_by_hand(row, horizon):
    network, weights, sequence = make("other", row, True)
    gradients, outputs = result(horizon, "other", row, True)
    for i, length in enumerate(LENGTHS):
        one = jax.tree.map(np.asarray, lane(sequence, i))
        parts = (one.inputs[:length], one.targets[:length], one.target_mask[:length])
        wanted = elman.windowed(network, lane(weights, i), *parts, horizon=horizon)
        assert_close(lane(gradients, slice(i, i + 1)), jax.tree.map(lambda x: x[..., None], wanted.gradient), 1e-10)
        np.testing.assert_allclose(outputs[:length, :, i], wanted.outputs, rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("every_step", [False, True], ids=["end", "every step"])
def test_a_horizon_of_one_step_is_elmans_procedure(every_step):
    cut, _ = result(1, "other", "elman", every_step)
    for rule in (truncated_by_autodiff, present):
        assert_close(cut, result(rule, "other", "elman", every_step)[0], 1e-10)
    full, _ = result(bptt, "other", "elman", every_step)
    assert not np.allclose(cut.hidden.input, full.hidden.input, rtol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "row", "every_step"), [*RECURRENT, *OTHER_CASES])
def test_elmans_procedure_serves_every_cell(size, row, every_step):
    assert_close(result(present, size, row, every_step)[0], result(1, size, row, every_step)[0], 1e-10)
