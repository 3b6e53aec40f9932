"""The closed form of the truncated gradient equals appendix A.1, and back-propagation stopped at re-entry."""

import jax
import numpy as np
import pytest

from lstm_jax.cells import MemoryBlocks
from lstm_jax.gradients import truncated, truncated_by_autodiff, truncated_by_output
from tests.gradients.cases import (
    DISTINCT_CASES,
    GATED_CASES,
    LARGE_CASES,
    LENGTHS,
    SMALL_CASES,
    TIME,
    assert_close,
    lane,
    make,
    result,
)
from tests.references import memory_block

pytestmark = pytest.mark.usefixtures("float64")


@pytest.mark.parametrize(("size", "row", "every_step"), [*DISTINCT_CASES, *LARGE_CASES, *GATED_CASES])
def test_closed_form_is_back_propagation_stopped_at_re_entry(size, row, every_step):
    gradients, outputs = result(truncated, size, row, every_step)
    wanted, wanted_outputs = result(truncated_by_autodiff, size, row, every_step)
    assert_close(gradients, wanted, 1e-10)
    shown = np.arange(TIME)[:, None, None] < np.array(LENGTHS) if every_step else True
    np.testing.assert_allclose(np.where(shown, outputs, 0), np.where(shown, wanted_outputs, 0), rtol=1e-10)


@pytest.mark.parametrize(("size", "row", "every_step"), [*SMALL_CASES, *LARGE_CASES])
def test_closed_form_is_appendix_a1(size, row, every_step):
    check_against_reference(truncated, size, row, every_step, slope_by_output=False)


@pytest.mark.parametrize(("size", "row", "every_step"), DISTINCT_CASES)
def test_slopes_by_outputs_are_those_where_h_takes_the_value_of_the_cell_output(size, row, every_step):
    check_against_reference(truncated_by_output, size, row, every_step, slope_by_output=True)
    other = result(truncated, size, row, every_step)[0].hidden.cell.input
    same = np.allclose(result(truncated_by_output, size, row, every_step)[0].hidden.cell.input, other, rtol=1e-3)
    cell = make(size, row, every_step)[0].cell
    assert isinstance(cell, MemoryBlocks) and same == (not cell.output_gates)


def check_against_reference(gradient, size, row, every_step, slope_by_output):
    network, weights, sequence = make(size, row, every_step)
    gradients, outputs = result(gradient, size, row, every_step)
    for i, length in enumerate(LENGTHS):
        one = jax.tree.map(np.asarray, lane(sequence, i))
        targets = one.targets[:length] if every_step else one.targets
        mask = one.target_mask[:length] if every_step else None
        wanted = memory_block.present(
            network, lane(weights, i), one.inputs[:length], targets, mask, slope_by_output=slope_by_output
        )
        actual = memory_block.matrices(lane(gradients, i))
        for group, matrix in wanted.gradient.items():
            assert np.max(np.abs(actual[group] - matrix)) <= 1e-10 * np.max(np.abs(matrix)), group
        actual_outputs = outputs[:length, :, i] if every_step else outputs[:, i]
        np.testing.assert_allclose(actual_outputs, wanted.outputs if every_step else wanted.outputs[-1], rtol=1e-10)
