"""Descendants of the memory block against their papers' equations in NumPy, one unit at a time."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import Coupled, ForgetGates, MemoryBlocks, Peephole, StateDecay

pytestmark = pytest.mark.usefixtures("float64")

STEPS, INPUTS = 9, 3


def f(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def g(x: float) -> float:
    return 4 * f(x) - 2


def h(x: float) -> float:
    return 2 * f(x) - 1


def draw(cell, seed=0):
    rng = np.random.default_rng(seed)
    structure = jax.eval_shape(cell.init, jax.random.key(0), jnp.float32(1))
    return jax.tree.map(lambda leaf: rng.uniform(-1, 1, leaf.shape), structure), rng.normal(size=(STEPS, INPUTS))


def shown(cell, weights, inputs) -> np.ndarray:
    """What the cell shows at every step, `[steps, units]`."""
    weights = jax.tree.map(jnp.asarray, weights)
    carry, rows = cell.initial_carry((), jnp.dtype(jnp.float64)), []
    for x in inputs:
        carry, y = cell.step(weights, carry, jnp.asarray(x))
        rows.append(y)
    return np.array(rows)


def net(group, unit: int, x, hidden, state: float | None = None) -> float:
    """W x + U y + b, and the peephole, of one unit."""
    total = sum(group.input[unit][i] * x[i] for i in range(len(x)))
    total += sum(group.hidden[unit][j] * hidden[j] for j in range(len(hidden)))
    if group.bias is not None:
        total += group.bias[unit]
    return total if group.peephole is None or state is None else total + group.peephole[unit] * state


@pytest.mark.parametrize("block_size", [1, 2])
@pytest.mark.parametrize("kind", [MemoryBlocks, ForgetGates, StateDecay])
def test_what_becomes_of_a_state(kind, block_size):
    """Gers, Schmidhuber & Cummins (2000), eqs. 1-8 and their state decay; without forget gates 1997's."""
    biases: dict[str, Any] = {"forget_gate_bias": "random"} if kind is ForgetGates else {}
    cell = kind(INPUTS, 2, block_size, gate_recurrence=False, input_gate_bias="random", cell_bias="random", **biases)
    w, inputs = draw(cell)
    cells = 2 * block_size
    s, y, wanted = np.zeros(cells), np.zeros(cells), []
    for x in inputs:
        before = y.copy()
        for c in range(cells):
            block = c // block_size
            keep = 1.0 if kind is MemoryBlocks else 0.9
            if kind is ForgetGates:
                keep = f(net(w.forget_gate, block, x, before))
            s[c] = keep * s[c] + f(net(w.input_gate, block, x, before)) * g(net(w.cell, c, x, before))
            y[c] = f(net(w.output_gate, block, x, before)) * h(s[c])
        wanted.append(y.copy())
    np.testing.assert_allclose(shown(cell, w, inputs), wanted, rtol=1e-12)


def test_peepholes_see_the_old_state_and_the_new_one():
    """Gers, Schraudolph & Schmidhuber (2002), with tanh for g and h."""
    cell = Peephole(INPUTS, 3)
    w, inputs = draw(cell)
    s, y, wanted = np.zeros(3), np.zeros(3), []
    for x in inputs:
        before = y.copy()
        for j in range(3):
            enters, stays = (f(net(group, j, x, before, s[j])) for group in (w.input_gate, w.forget_gate))
            s[j] = stays * s[j] + enters * np.tanh(net(w.cell, j, x, before))
            y[j] = f(net(w.output_gate, j, x, before, s[j])) * np.tanh(s[j])
        wanted.append(y.copy())
    np.testing.assert_allclose(shown(cell, w, inputs), wanted, rtol=1e-12)
    assert cell.weight_count == 4 * 3 * (INPUTS + 3 + 1) + 3 * 3


def test_coupled_gates_share_what_there_is():
    """Greff et al. (2017), CIFG: i = 1 - f."""
    cell = Coupled(INPUTS, 3)
    w, inputs = draw(cell)
    s, y, wanted = np.zeros(3), np.zeros(3), []
    for x in inputs:
        before = y.copy()
        for j in range(3):
            stays = f(net(w.forget_gate, j, x, before))
            s[j] = stays * s[j] + (1 - stays) * np.tanh(net(w.cell, j, x, before))
            y[j] = f(net(w.output_gate, j, x, before)) * np.tanh(s[j])
        wanted.append(y.copy())
    np.testing.assert_allclose(shown(cell, w, inputs), wanted, rtol=1e-12)
    assert cell.weight_count == 3 * 3 * (INPUTS + 3 + 1)


def test_continual_prediction_has_424_weights():
    """12 gates and 8 cells of Gers et al. (2000), and 7 output units that also see the 7 inputs."""
    cell = ForgetGates(
        7,
        4,
        2,
        gate_recurrence=False,
        input_gate_bias=(-0.5, -1.0, -1.5, -2.0),
        output_gate_bias=(-0.5, -1.0, -1.5, -2.0),
        forget_gate_bias=(0.5, 1.0, 1.5, 2.0),
        cell_bias="none",
    )
    assert cell.weight_count + 7 * (8 + 7 + 1) == 424
