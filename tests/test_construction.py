"""When cells join, for errors made by hand; and what a net without its cells is: one layer, in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.construction import Construction, visible
from lstm_jax.errors import InputError
from lstm_jax.gradients import truncated
from lstm_jax.networks import Network, NetworkWeights
from lstm_jax.types import Sequence
from tests.architectures import noise_free


def joined(construction: Construction, errors) -> np.ndarray:
    """Feed answers with these errors, `[presentations, *lanes]`, and tell where cells have joined after each.

    By the measure that the construction does not use, the errors of every second interval would be twice as large.
    """
    errors = np.asarray(errors, np.float32)
    lanes = errors.shape[1:]
    state = construction.start(lanes)
    assert not np.any(state.joined)
    sequence = Sequence(jnp.zeros((1, *lanes), jnp.int32), jnp.ones((2, *lanes)), jnp.ones(lanes, jnp.int32))
    after = []
    for i, error in enumerate(errors):
        second = error * (i // construction.interval % 2)
        differences = (error, second) if construction.error == "largest" else (error + second, error - second)
        outputs = 1 - jnp.asarray(np.stack(differences))
        state = construction.update(state, jnp.int32(i), outputs, sequence)
        after.append(np.asarray(state.joined))
    return np.array(after)


NEVER = [False] * 8
COURSES = {  # errors of eight presentations, four intervals of two; when the cells have joined
    "falls": ([4, 3, 3, 3, 2, 3, 1, 3], NEVER),
    "rises within intervals only": ([1, 6, 2, 4, 0, 5, 2, 2], NEVER),
    "rises at once": ([2, 2, 2, 3, 1, 1, 0, 0], [False] * 3 + [True] * 5),
    "stays the same": ([4, 3, 3, 2, 2, 3, 1, 1], [False] * 5 + [True] * 3),
    "rises at last": ([4, 3, 3, 2, 2, 1, 1, 4], [False] * 7 + [True]),
    "rises over two intervals, not from one to the next": ([8, 0, 6, 0, 5, 0, 4, 0], NEVER),
    "is large at first": ([1e6, 1e6, 1, 1, 0, 1, 0, 0], NEVER),
}


@pytest.mark.parametrize("error", ["largest", "mean"])
@pytest.mark.parametrize("course", COURSES)
def test_cells_join_when_an_interval_brings_no_lower_error(course, error):
    errors, wanted = COURSES[course]
    np.testing.assert_array_equal(joined(Construction(interval=2, error=error), errors), wanted)


@pytest.mark.parametrize("error", ["largest", "mean"])
def test_lanes_join_each_by_itself(error):
    errors, wanted = (np.array(part).T for part in zip(*COURSES.values(), strict=True))
    np.testing.assert_array_equal(joined(Construction(interval=2, error=error), errors), wanted)
    errors, wanted = (array[:, :6].reshape(8, 2, 3) for array in (errors, wanted))
    np.testing.assert_array_equal(joined(Construction(interval=2, error=error), errors), wanted)


def test_the_largest_error_decides_unless_the_setting_says_otherwise():
    assert Construction(interval=1).error == "largest"


@pytest.mark.parametrize(
    ("second", "decrease", "joins"),
    [(7.75, 0.0, False), (8, 0.0, True), (6, 0.0, False), (6, 0.25, True), (5.75, 0.25, False), (7.75, 0.25, True)],
)
def test_error_has_to_fall_by_more_than_the_fraction(second, decrease, joins):
    construction = Construction(interval=1, decrease=decrease)
    np.testing.assert_array_equal(joined(construction, [8, second]), [False, joins])


def test_each_interval_is_compared_with_the_one_before_it():
    # 4 is below 8 by half, 3.5 below 8 by more, but not below 4.
    np.testing.assert_array_equal(joined(Construction(interval=1, decrease=0.25), [8, 4, 3.5]), [False, False, True])


@pytest.mark.parametrize(("name", "value"), [("interval", 0), ("decrease", 1.0), ("decrease", -0.1), ("error", "last")])
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError, match=rf"construction\.{name} is {value!r}"):
        build(Construction, {"interval": 5, name: value}, "construction")


LENGTHS = (7, 4, 6)
JOINED = np.array([False, True, False])


def draw(alphabet: int, every_step: bool) -> tuple[Network, NetworkWeights, Sequence]:
    network = noise_free(alphabet - 1)
    rng = np.random.default_rng(0)
    structure = jax.eval_shape(network.init, jax.random.key(0), jnp.float32(1))
    weights = jax.tree.map(lambda leaf: jnp.asarray(rng.uniform(-1, 1, (*leaf.shape, 3))), structure)
    symbols = rng.integers(0, alphabet, (max(LENGTHS), 3))
    targets = rng.uniform(0, 1, (max(LENGTHS), alphabet, 3))
    mask = jnp.asarray(np.arange(max(LENGTHS))[:, None] < np.array(LENGTHS)) if every_step else None
    targets = jnp.asarray(targets if every_step else targets[0])
    return network, weights, Sequence(jnp.asarray(symbols), targets, jnp.asarray(LENGTHS), mask)


def one_layer(weights: NetworkWeights, sequence: Sequence, lane: int) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of logistic units that see the inputs alone, and the gradient of E/2 by their weights."""
    assert weights.output.input is not None
    matrix = np.asarray(weights.output.input[..., lane])
    every_step = sequence.target_mask is not None
    steps = range(LENGTHS[lane]) if every_step else [LENGTHS[lane] - 1]
    outputs, gradient = [], np.zeros_like(matrix)
    for t in steps:
        symbol = int(sequence.inputs[t, lane])
        y = 1 / (1 + np.exp(-matrix[:, symbol]))
        target = np.asarray(sequence.targets[t, :, lane] if every_step else sequence.targets[:, lane])
        gradient[:, symbol] += (y - target) * y * (1 - y)
        outputs.append(y)
    return np.array(outputs if every_step else outputs[0]), gradient


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("alphabet", "every_step"), [(5, False), (40, True)], ids=["end", "every step"])
def test_a_net_without_its_cells_is_one_layer(alphabet, every_step):
    network, weights, sequence = draw(alphabet, every_step)
    compute = jax.jit(truncated, static_argnums=0)
    gradient, outputs = compute(network, visible(weights, jnp.asarray(JOINED)), sequence)
    with_cells, their_outputs = compute(network, weights, sequence)
    applied = jax.jit(network.apply)(visible(weights, jnp.asarray(JOINED)), sequence)
    for lane in range(3):
        shown = (slice(0, LENGTHS[lane]), slice(None), lane) if every_step else (slice(None), lane)
        np.testing.assert_allclose(applied[shown], outputs[shown], rtol=1e-12)
        if JOINED[lane]:
            np.testing.assert_array_equal(outputs[shown], their_outputs[shown])
            for a, b in zip(jax.tree.leaves(gradient), jax.tree.leaves(with_cells), strict=True):
                np.testing.assert_array_equal(a[..., lane], b[..., lane])
                assert np.any(a[..., lane])
            continue
        wanted, change = one_layer(weights, sequence, lane)
        np.testing.assert_allclose(outputs[shown], wanted, rtol=1e-12)
        np.testing.assert_allclose(gradient.output.input[..., lane], change, rtol=1e-12, atol=1e-15)
        assert np.max(np.abs(outputs[shown] - their_outputs[shown])) > 0.01
        for leaf in jax.tree.leaves(gradient.hidden):
            assert not np.any(leaf[..., lane])


def test_only_what_outputs_see_of_the_cells_is_hidden():
    _, weights, _ = draw(5, every_step=False)
    weights = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), weights)
    seen = visible(weights, jnp.asarray(JOINED))
    np.testing.assert_array_equal(seen.output.hidden, np.where(JOINED, weights.output.hidden, 0))
    for a, b in zip(jax.tree.leaves(seen.hidden), jax.tree.leaves(weights.hidden), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(seen.output.input, weights.output.input)
