"""How nets tell the order: solutions built by hand, whose kind is known, and every measure once more in plain NumPy."""

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit as f

from lstm_jax.analysis import order
from lstm_jax.analysis.order import in_every_order, kinds, measures
from lstm_jax.cells import MemoryBlocks
from lstm_jax.cells.incoming import Incoming
from lstm_jax.cells.memory_block import BlockWeights
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.tasks import TemporalOrder
from lstm_jax.tasks.temporal_order import ALPHABET
from lstm_jax.types import Sequence

pytestmark = pytest.mark.usefixtures("float64")

TASK = TemporalOrder(positions=((2, 4), (7, 9)), min_length=12, max_length=15)
NETWORK = Network(cell=MemoryBlocks(inputs=8, blocks=2, block_size=2), outputs=4)
E, X, Y = (ALPHABET.index(symbol) for symbol in "EXY")
ORDERS = ("XX", "XY", "YX", "YY")

moments = jax.jit(order.moments, static_argnums=(0, 1))


class Net(NamedTuple):
    """Weights from the input, the hidden activations (4 cells, 2 input gates, 2 output gates) and the bias."""

    input_gate: np.ndarray
    output_gate: np.ndarray
    cell: np.ndarray
    output: np.ndarray

    @classmethod
    def with_open_gates(cls) -> "Net":
        net = cls(np.zeros((2, 17)), np.zeros((2, 17)), np.zeros((4, 17)), np.zeros((4, 5)))
        net.input_gate[:, -1] = net.output_gate[:, -1] = 20
        return net


CELL = 8
"""Column of the first cell's output."""


def g(x):
    return 4 * f(x) - 2


def h(x):
    return 2 * f(x) - 1


def inverse_g(y):
    return -np.log(4 / (2 + y) - 1)


def by_itself(weight: float) -> Net:
    """Cell 1 stores g(1) or -g(1) and feeds itself. The second symbol changes its sign with a weight of -1, not with
    1.5. Cell 2 receives the same and 2 more, at E: then a line parts every order from the rest."""
    net = Net.with_open_gates()
    net.cell[:2, [X, Y]] = 1, -1
    net.cell[:2, CELL] = weight
    net.cell[1, E] = 20
    net.input_gate[0, [E, X, Y, -1]] = 40, 40, 40, -20
    return net


def by_gate() -> Net:
    """Cell 1 stores 2 for X and 0.6 for Y, both positive, and shuts the gate of its block: by X nearly, by Y hardly."""
    net = Net.with_open_gates()
    net.cell[:2, [X, Y]] = 20, inverse_g(0.6)
    net.cell[1, E] = -20
    net.input_gate[0, [CELL, -1]] = -15, 10
    return net


def by_two_blocks() -> Net:
    """Cell 1 adds 1 for X and 0.5 for Y, in whatever order. Block 2 opens when block 1 is filled: cell 3 has 2 for X as
    the second, and -2 for Y."""
    net = Net.with_open_gates()
    net.cell[0, [X, Y]] = inverse_g(1), inverse_g(0.5)
    net.cell[2, [X, Y]] = 20, -20
    net.input_gate[1, [CELL, -1]] = 80, -10
    return net


class Step(NamedTuple):
    """What a net computes in a step, as one vector each."""

    input_gate: np.ndarray
    output_gate: np.ndarray
    cell_input: np.ndarray
    state: np.ndarray
    cell_output: np.ndarray


def follow(net: Net, symbols, own=(0, 1), others=()) -> list[Step]:
    """Section 4 in NumPy; what leaves blocks that are not `own` is that of other steps."""
    now, steps = Step(np.zeros(2), np.zeros(2), *(np.zeros(4) for _ in range(3))), []
    for t, symbol in enumerate(symbols):
        u = np.concatenate([np.eye(8)[symbol], now.cell_output, now.input_gate, now.output_gate, [1.0]])
        gate_in, gate_out, cell_input = f(net.input_gate @ u), f(net.output_gate @ u), g(net.cell @ u)
        state = now.state + gate_in.repeat(2) * cell_input
        now = Step(gate_in, gate_out, cell_input, state, gate_out.repeat(2) * h(state))
        if others:
            of_block = {2: np.array([0, 1]), 4: np.array([0, 0, 1, 1])}
            pairs = zip(now, others[t], strict=True)
            now = Step(*(np.where(np.isin(of_block[len(mine)], own), mine, other) for mine, other in pairs))
        steps.append(now)
    return steps


def answer(net: Net, step: Step) -> np.ndarray:
    return f(net.output @ np.append(step.cell_output, 1.0))


def read_out(net: Net, cells: tuple[int, int]) -> Net:
    """The net with output units that part each order from the others by a straight line, in the plane of two cells."""
    symbols = [[E, 2, 2, first, 2, 2, 2, second, 2, 2] for first in (X, Y) for second in (X, Y)]
    points = np.array([follow(net, string)[-1].cell_output[list(cells)] for string in symbols])
    centre = points.mean(axis=0)
    around = np.argsort(np.arctan2(*(points - centre).T))
    for place, k in enumerate(around):
        before, after = (points[around[(place + step) % 4]] for step in (-1, 1))
        (x, y), start = (after - before) / 2, (points[k] + before) / 2
        line = np.array([-y, x])
        line *= 6 / np.min(np.abs((points - start) @ line))
        line *= np.sign((points[k] - start) @ line)
        net.output[k, [*cells, -1]] = *line, -start @ line
    return net


def together(nets: list[Net]) -> NetworkWeights:
    """Weights of several nets, lanes last."""
    parts = [jnp.asarray(np.stack(group, axis=-1)) for group in zip(*nets, strict=True)]
    *hidden, output = parts
    groups = [Incoming(part[:, :8], part[:, 8:-1], part[:, -1]) for part in hidden]
    return NetworkWeights(BlockWeights(*groups), Incoming(None, output[:, :-1], output[:, -1]))


SOLUTIONS = [
    read_out(by_itself(1.5), (0, 1)),
    read_out(by_gate(), (0, 1)),
    read_out(by_itself(-1), (0, 1)),
    read_out(by_two_blocks(), (0, 2)),
]


@pytest.fixture(scope="module")
def sequences() -> Sequence:
    return TASK.sample(jax.random.split(jax.random.key(0), 6))


@pytest.fixture
def strings(sequences) -> order.Strings:
    return in_every_order(sequences)


def test_strings_differ_in_their_order_alone(sequences, strings):
    for n, string in enumerate(np.asarray(sequences.inputs).T):
        first, second = np.flatnonzero(string >= X)
        for at, step in ((first, strings.first), (second, strings.second), (sequences.length[n] - 1, strings.last)):
            assert np.flatnonzero(step[:, n]).tolist() == [at]
        for symbols, shown in zip(ORDERS, np.asarray(strings.inputs[:, :, n]).T, strict=True):
            assert [ALPHABET[i] for i in shown[[first, second]]] == list(symbols)
            assert np.array_equal(np.delete(shown, [first, second]), np.delete(string, [first, second]))


def test_solutions_made_by_hand_are_of_the_kind_they_were_made_for(strings):
    found = measures(moments(NETWORK, TASK, together(SOLUTIONS), strings))
    told = kinds(found)
    np.testing.assert_array_equal(found.right, [1, 1, 1, 1])
    assert told.leading.tolist() == [0, 0, 0, 0]
    assert told.one_block.tolist() == [True, True, True, False]
    assert told.by_sign.tolist() == [True, False, False, False]
    assert told.by_gate.tolist() == [False, True, False, False]
    # With one block in use the other decides nothing. With both, block 1 has the sum and block 2 the second symbol: of
    # the 12 pairs of orders the sum decides where the second symbol is the same, that symbol where the sum is.
    np.testing.assert_allclose(found.decides, [[1, 1, 1, 4 / 12], [0, 0, 0, 2 / 12]])
    stored = f(10) * g(20)  # by the second net's gate, for X as the first
    np.testing.assert_allclose(found.gate[0], [1, f(10 - 15 * h(stored)) / f(10), 1, 1], rtol=1e-6)
    np.testing.assert_allclose(found.gate[1], [1, 1, 1, 1 / f(-10)], rtol=1e-6)
    more, less = (g(1 + weight * h(g(1))) - g(1 - weight * h(g(1))) for weight in (1.5, 1))
    np.testing.assert_allclose(found.cell_input[0], [more, 0, less, 0], atol=1e-6)
    np.testing.assert_allclose(found.sign[0], [1, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(found.late[0], [0, 0, 0, 0], atol=1e-6)
    assert np.isnan(found.late[1][:3]).all()


def test_every_measure_is_that_of_its_definition(strings):
    """For nets near those made by hand, some of whose answers are wrong."""
    rng = np.random.default_rng(1)
    scales = (0.01, 0.01, 0.01, 0.1)  # of a net's parts
    nets = [
        Net(*(part + rng.normal(scale=scale, size=part.shape) for part, scale in zip(net, scales, strict=True)))
        for net in SOLUTIONS
    ]
    found = measures(moments(NETWORK, TASK, together(nets), strings))
    assert 0 < np.min(found.right) < 1
    first, second, last = (np.asarray(step).argmax(axis=0) for step in strings[1:])
    for i, net in enumerate(nets):
        shown = {(k, n): np.asarray(strings.inputs)[: last[n] + 1, k, n] for k in range(4) for n in range(6)}
        steps = {string: follow(net, symbols) for string, symbols in shown.items()}

        def right(block, mine, theirs, net=net, shown=shown, steps=steps):
            ends = [follow(net, shown[mine, n], [block], steps[theirs, n])[-1] for n in range(6)]
            return np.mean([np.abs(answer(net, end) - np.eye(4)[mine]).max() < 0.3 for end in ends])

        def mean(name, unit, orders, places, steps=steps):
            return np.mean([getattr(steps[k, n][places[n]], name)[unit] for k in orders for n in range(6)])

        np.testing.assert_allclose(found.right[i], np.mean([right(0, k, k) for k in range(4)]))
        for block in (0, 1):
            cells = (2 * block, 2 * block + 1)
            pairs = itertools.permutations(range(4), 2)
            np.testing.assert_allclose(found.decides[block, i], np.mean([right(block, *pair) for pair in pairs]))
            ratios = [
                mean("input_gate", block, [k], second) / mean("input_gate", block, empty, first)
                for empty, filled in (((0, 1), (0, 2)), ((2, 3), (1, 3)))
                for k in filled
            ]
            np.testing.assert_allclose(found.gate[block, i], max(ratios, key=lambda ratio: abs(np.log(ratio))))
            differences = [
                abs(mean("cell_input", cell, [x], second) - mean("cell_input", cell, [y], second))
                for cell in cells
                for x, y in ((0, 2), (1, 3))
            ]
            np.testing.assert_allclose(found.cell_input[block, i], max(differences))
            keeps = [
                [
                    sign * steps[k, n][t].state[cell] > 0
                    for k, sign in ((1, of_x), (2, -of_x))
                    for n in range(6)
                    for t in (second[n] - 1, -1)
                ]
                for cell in cells
                for of_x in (1, -1)
            ]
            kept = np.reshape(keeps, (4, -1, 2)).all(axis=2).mean(axis=1)
            np.testing.assert_allclose(found.sign[block, i], max(kept))
            made = [
                sum(abs(mean("state", cell, (0, 1), places) - mean("state", cell, (2, 3), places)) for cell in cells)
                for places in (first, second - 1)
            ]
            np.testing.assert_allclose(found.late[block, i], 1 - made[0] / made[1])
