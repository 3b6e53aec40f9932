"""The same lines serve zero, one and two lane axes, and every lane gets its own gradient."""

import numpy as np
import pytest

from lstm_jax.gradients import bptt, truncated
from tests.gradients.cases import LENGTHS, assert_close, compiled, lane, make, result

pytestmark = pytest.mark.usefixtures("float64")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gradient", "row", "every_step"), [(truncated, "4-1", True), (truncated, "6a", False), (bptt, "4-1", False)]
)
class TestLaneAxes:
    # Only the order of additions may differ: 1e-12 is some thousand times the rounding error of one.

    def test_a_lane_is_the_network_without_lanes(self, gradient, row, every_step):
        network, *given = make("small", row, every_step)
        several, outputs = result(gradient, "small", row, every_step)
        alone = compiled(gradient, network)
        for i in range(len(LENGTHS)):
            gradients, own_outputs = alone(*lane(given, i))
            assert_close(gradients, lane(several, i), 1e-12)
            shown = slice(0, LENGTHS[i]) if every_step else slice(None)
            np.testing.assert_allclose(own_outputs[shown], outputs[shown, ..., i], rtol=1e-12)

    def test_two_lane_axes_are_one(self, gradient, row, every_step):
        network, *given = make("small", row, every_step)
        order = np.array([[0, 1], [2, 0]])
        gradients, outputs = compiled(gradient, network)(*lane(given, order))
        several, several_outputs = result(gradient, "small", row, every_step)
        assert_close(gradients, lane(several, order), 1e-12)
        np.testing.assert_allclose(outputs, several_outputs[..., order], rtol=1e-12)
