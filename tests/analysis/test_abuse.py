"""What cells are used for: cases worked out by hand, and the definitions written out in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.analysis import abuse
from lstm_jax.analysis.abuse import sent_constant
from lstm_jax.cells import MemoryBlocks
from lstm_jax.cells.incoming import Incoming
from lstm_jax.cells.memory_block import BlockWeights
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Sequence

pytestmark = pytest.mark.usefixtures("float64")

use = jax.jit(abuse.use, static_argnums=0)

NETWORK = Network(
    cell=MemoryBlocks(
        inputs=1,
        blocks=2,
        block_size=1,
        cell_recurrence=False,
        gate_recurrence=False,
        cell_bias=(0.0, 0.0),
        input_gate_bias="none",
        output_gate_bias="none",
    ),
    outputs=2,
    output_bias="none",
)


def weights(cell_input, cell_bias, outgoing) -> NetworkWeights:
    """Gates that are always half open, cells that see the input and a bias."""
    closed = Incoming(jnp.zeros((2, 1)), None, None)
    cell = Incoming(jnp.asarray(cell_input)[:, None], None, jnp.asarray(cell_bias))
    return NetworkWeights(BlockWeights(closed, closed, cell), Incoming(None, jnp.asarray(outgoing), None))


def sequences(values, lengths, every_step: bool) -> Sequence:
    values = jnp.asarray(values)
    targets = jnp.zeros((2, len(lengths)))
    lengths = jnp.asarray(lengths)
    if not every_step:
        return Sequence(values[:, None], targets, lengths)
    mask = jnp.arange(len(values))[:, None] < lengths
    return Sequence(values[:, None], jnp.zeros((len(values), 2, len(lengths))), lengths, mask)


def test_a_bias_and_a_memory():
    """Cell 1 sees nothing but its bias of 1, cell 2 nothing but an input that is 1 or -1."""
    given = weights([0.0, 1.0], [1.0, 0.0], [[3.0, 0.0], [-4.0, 2.0]])
    found = use(NETWORK, given, sequences([[1.0, -1.0, 1.0, -1.0]], [1, 1, 1, 1], every_step=False))
    g = 4 / (1 + np.exp(-1)) - 2
    y = 0.5 * (2 / (1 + np.exp(-0.5 * g)) - 1)
    np.testing.assert_allclose(found.constant, [1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(found.constant_sent, [5 * y, 0.0], atol=1e-12)
    np.testing.assert_allclose(found.varying_sent, [0.0, 2 * y], atol=1e-12)
    np.testing.assert_allclose(found.drift, [0.5 * g] * 2)
    np.testing.assert_allclose(sent_constant(found), 25 / 29)


def test_nets_that_send_nothing_have_no_share():
    given = weights([0.0, 1.0], [1.0, 0.0], np.zeros((2, 2)))
    found = use(NETWORK, given, sequences([[1.0, -1.0]], [1, 1], every_step=False))
    assert np.isnan(sent_constant(found))


@pytest.mark.slow
@pytest.mark.parametrize("every_step", [False, True])
def test_definitions_over_steps_that_count(every_step):
    rng = np.random.default_rng(0)
    values, lengths = rng.normal(size=(6, 5)), [6, 4, 3, 6, 1]
    w, b, outgoing = rng.uniform(-2, 2, 2), rng.uniform(-2, 2, 2), rng.uniform(-2, 2, (2, 2))
    found = use(NETWORK, weights(w, b, outgoing), sequences(values, lengths, every_step))
    counted, ends, errors = [], [], []
    for i, length in enumerate(lengths):
        s = np.zeros(2)
        steps = []
        for t in range(length):
            s = s + 0.5 * (4 / (1 + np.exp(-(w * values[t, i] + b))) - 2)
            steps.append(0.5 * (2 / (1 + np.exp(-s)) - 1))
        ends.append(s)
        shown = steps if every_step else steps[-1:]
        counted += shown
        errors.append(np.mean([1 / (1 + np.exp(-outgoing @ y)) for y in shown]))
    y, s = np.array(counted), np.array(ends)
    np.testing.assert_allclose(found.constant, y.mean(axis=0) ** 2 / (y**2).mean(axis=0))
    np.testing.assert_allclose(found.drift, np.abs(s).mean(axis=0))
    logistic = 1 / (1 + np.exp(-s))
    np.testing.assert_allclose(found.slope, (4 * logistic * (1 - logistic)).mean(axis=0))
    np.testing.assert_allclose(found.error, np.mean(errors))


@pytest.mark.slow
def test_every_lane_is_its_own_net():
    rng = np.random.default_rng(1)
    nets = [weights(*(rng.uniform(-2, 2, shape) for shape in (2, 2, (2, 2)))) for _ in range(3)]
    shown = sequences(rng.normal(size=(4, 5)), [4, 2, 3, 4, 1], every_step=False)
    together = jax.tree.map(lambda *w: jnp.stack(w, axis=-1), *nets)
    repeated = jax.tree.map(lambda x: jnp.repeat(x[..., None], 3, axis=-1), shown)
    several = use(NETWORK, together, repeated)
    for i, net in enumerate(nets):
        alone = use(NETWORK, net, shown)
        jax.tree.map(lambda a, b, i=i: np.testing.assert_allclose(a[..., i], b, rtol=1e-12), several, alone)
