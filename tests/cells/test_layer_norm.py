"""Cells with layer normalisation against the equations of Ba, Kiros and Hinton (2016) in NumPy."""

import numpy as np
import pytest

from lstm_jax.cells import LayerNormGRU, LayerNormLSTM
from tests.cells.checks import INPUTS, assert_gradient, assert_lanes_alone, begun, shown

UNITS = 4
CELLS = {"lstm": LayerNormLSTM(INPUTS, UNITS), "gru": LayerNormGRU(INPUTS, UNITS)}
BOTH = pytest.mark.parametrize("kind", CELLS)

pytestmark = pytest.mark.usefixtures("float64")


def logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def ln(z: np.ndarray, norm) -> np.ndarray:
    """With 1e-5 in the variance."""
    return np.asarray(norm.gain) * (z - z.mean()) / np.sqrt(z.var() + 1e-5) + np.asarray(norm.shift)


def side_by_side(groups, source: str) -> np.ndarray:
    return np.concatenate([np.asarray(getattr(group, source)) for group in groups])


def lstm(w, inputs) -> np.ndarray:
    gates = w.input_gate, w.forget_gate, w.cell, w.output_gate
    c, h, rows = np.zeros(UNITS), np.zeros(UNITS), []
    for x in np.asarray(inputs):
        nets = ln(side_by_side(gates, "hidden") @ h, w.from_hidden) + ln(side_by_side(gates, "input") @ x, w.from_input)
        i, f, g, o = np.split(nets + side_by_side(gates, "bias"), 4)
        c = logistic(f) * c + logistic(i) * np.tanh(g)
        h = logistic(o) * np.tanh(ln(c, w.state))
        rows.append(h)
    return np.array(rows)


def gru(w, inputs) -> np.ndarray:
    gates = w.update_gate, w.reset_gate
    h, rows = np.zeros(UNITS), []
    for x in np.asarray(inputs):
        from_hidden = ln(side_by_side(gates, "hidden") @ h, w.gates_from_hidden)
        z, r = np.split(from_hidden + ln(side_by_side(gates, "input") @ x, w.gates_from_input), 2)
        of_inputs = ln(np.asarray(w.candidate.input) @ x, w.candidate_from_input)
        of_hidden = ln(np.asarray(w.candidate.hidden) @ h, w.candidate_from_hidden)
        h = (1 - logistic(z)) * h + logistic(z) * np.tanh(of_inputs + logistic(r) * of_hidden)
        rows.append(h)
    return np.array(rows)


@BOTH
def test_they_follow_the_published_equations(kind):
    weights, inputs = begun(CELLS[kind])
    wanted = {"lstm": lstm, "gru": gru}[kind](weights, inputs)
    np.testing.assert_allclose(shown(CELLS[kind], weights, inputs), wanted, rtol=1e-10, atol=1e-13)


@BOTH
def test_larger_weights_from_the_inputs_change_nothing(kind):
    """What normalisation is for, once the small number in the variance counts for nothing."""
    weights, inputs = begun(CELLS[kind])
    groups = {name: w for name, w in weights._asdict().items() if hasattr(w, "input")}
    large, larger = (
        weights._replace(**{name: w._replace(input=by * w.input) for name, w in groups.items()}) for by in (1e4, 1e6)
    )
    np.testing.assert_allclose(shown(CELLS[kind], larger, inputs), shown(CELLS[kind], large, inputs), atol=1e-9)
    assert np.abs(shown(CELLS[kind], larger, inputs) - shown(CELLS[kind], larger, 2 * inputs)).max() < 1e-9


@pytest.mark.slow
@BOTH
def test_their_gradients_are_those_of_finite_differences(kind):
    assert_gradient(CELLS[kind], truncates=True)


@BOTH
def test_a_lane_is_the_same_alone(kind):
    assert_lanes_alone(CELLS[kind])
