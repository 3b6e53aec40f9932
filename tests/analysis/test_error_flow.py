"""Scaling factors of errors: sums over paths, finite differences, bounds, and memory cells that leave errors alone."""

from functools import partial
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from lstm_jax.analysis import error_flow
from lstm_jax.analysis.error_flow import log10, norm_bound, weight_bound
from lstm_jax.cells import Carrousel, Elman, MemoryBlocks, TimeDelay
from lstm_jax.cells.incoming import Incoming
from tests.gradients.cases import COMPILE_QUICKLY, OTHERS, SMALL, VECTORS
from tests.references.elman import f
from tests.references.memory_block import slope, squash

pytestmark = pytest.mark.usefixtures("float64")

TIME = 6


def state_of(carry, shown):
    return carry.state


flow = jax.jit(error_flow.flow, static_argnames=("cell", "truncate", "observe"), compiler_options=COMPILE_QUICKLY)
local_flow = jax.jit(error_flow.local_flow, static_argnames="cell", compiler_options=COMPILE_QUICKLY)


def draw(cell, vectors: bool, lanes: tuple[int, ...] = (), size: float = 1.0, time: int = TIME):
    """Random weights of a cell, and inputs."""
    rng = np.random.default_rng(3)
    structure = jax.eval_shape(cell.init, jax.random.key(0), jnp.float32(1))
    weights = jax.tree.map(lambda leaf: jnp.asarray(rng.uniform(-size, size, (*leaf.shape, *lanes))), structure)
    if vectors:
        return weights, jnp.asarray(rng.uniform(-2, 2, (time, cell.inputs, *lanes)))
    return weights, jnp.asarray(rng.integers(0, cell.inputs, (time, *lanes)))


def factors(values, exponent) -> np.ndarray:
    """As plain numbers: `[lags, starts, ..., *lanes]`, here without lanes."""
    return np.asarray(values) * 2.0 ** np.asarray(exponent).reshape(*exponent.shape, *(1,) * (values.ndim - 2))


def net_inputs(weights, inputs) -> list[np.ndarray]:
    """Of logistic units, one step after the other, from NumPy's own forward pass; one more than there are inputs."""
    nets, y = [], np.zeros(len(weights.hidden))
    for x in inputs:
        nets.append(np.asarray(weights.input) @ x + np.asarray(weights.hidden) @ y + np.asarray(weights.bias))
        y = f(nets[-1])
    return nets


class TestOrdinaryUnits:
    CELL = Elman(inputs=2, units=3, bias="random")

    def test_a_factor_is_the_sum_over_all_paths(self):
        """Equation 2, path by path: l_0 = u, l_q = v, every term f'(net_l(t-m)) w."""
        weights, inputs = draw(self.CELL, vectors=True, size=3.0)
        nets = net_inputs(weights, np.asarray(inputs))
        w = np.asarray(weights.hidden)
        found = local_flow(self.CELL, weights, inputs)
        found = factors(found.net, found.exponent)
        units = range(self.CELL.units)
        for q in range(1, TIME + 1):
            for u, v in product(units, units):
                total = 0.0
                for between in product(units, repeat=q - 1):
                    path = (u, *between, v)
                    terms = (slope((0, 1), nets[TIME - m][path[m]]) * w[path[m - 1], path[m]] for m in range(1, q + 1))
                    total += np.prod(list(terms))
                np.testing.assert_allclose(found[q - 1, u, v], total, rtol=1e-11)

    def test_a_factor_is_a_finite_difference(self):
        weights, inputs = draw(self.CELL, vectors=True, size=3.0)
        x, (a, w, b) = np.asarray(inputs), (np.asarray(part) for part in (weights.input, weights.hidden, weights.bias))
        found = local_flow(self.CELL, weights, inputs)
        found = factors(found.net, found.exponent)

        def recurrent_net(at: int, nudge: np.ndarray) -> np.ndarray:
            """What the units send to one another after the last step, with their net inputs nudged at one step."""
            y = np.zeros(len(w))
            for t in range(TIME):
                y = f(a @ x[t] + w @ y + b + nudge * (t == at))
            return w @ y

        for q in range(1, TIME + 1):
            for v in range(len(w)):
                nudge = 1e-5 * np.eye(len(w))[v]
                wanted = (recurrent_net(TIME - q, nudge) - recurrent_net(TIME - q, -nudge)) / 2e-5
                # The difference quotient is off by some 1e-10 of numbers about one.
                np.testing.assert_allclose(found[q - 1, :, v], wanted, rtol=1e-6, atol=1e-9)

    @pytest.mark.slow
    @pytest.mark.parametrize("squashing", [(0.0, 1.0), (-1.0, 1.0), "identity"])
    def test_the_bounds_hold(self, squashing):
        cell = Elman(inputs=3, units=4, squashing=squashing)
        weights, inputs = draw(cell, vectors=False, lanes=(20,), size=2.0, time=40)
        found = local_flow(cell, weights, inputs)
        largest = jnp.max(log10(found.net, found.exponent), axis=(1, 2))
        tight, loose = (bound(squashing, weights.hidden, jnp.arange(1, 41)) for bound in (norm_bound, weight_bound))
        assert jnp.all(largest <= tight)
        assert jnp.all(tight <= loose)

    def test_bounds_are_those_of_the_paper(self):
        matrix = np.array([[1.0, -2.0], [0.5, 0.5]])
        norm = norm_bound((0.0, 1.0), jnp.asarray(matrix), jnp.array([1, 3]))
        tau = weight_bound((0.0, 1.0), jnp.asarray(matrix), jnp.array([1, 3]))
        np.testing.assert_allclose(10**norm, [2 * 0.75, 2 * 0.75**3])
        np.testing.assert_allclose(10**tau, [2 * 1.0, 2 * 1.0**3])

    def test_factors_beyond_the_range_of_numbers(self):
        """A single linear unit: its factor is its weight to the power of the lag."""
        cell = Elman(inputs=1, units=1, squashing="identity")
        weights = Incoming(jnp.ones((1, 1, 2)), jnp.array([[[0.25, 3.0]]]), None)
        found = local_flow(cell, weights, jnp.zeros((2000, 2), int))
        wanted = np.arange(1, 2001)[:, None] * np.log10([0.25, 3.0])
        np.testing.assert_allclose(log10(found.net, found.exponent)[:, 0, 0], wanted, rtol=1e-12)


def test_the_naive_carrousel_leaves_errors_alone():
    cell = Carrousel(inputs=3, units=2, bias="random")
    weights, inputs = draw(cell, vectors=True, time=300)
    found = flow(cell, weights, inputs)
    np.testing.assert_array_equal(factors(found.net, found.exponent), np.broadcast_to(np.eye(2), (300, 2, 2)))


def test_a_time_delay_layer_has_no_errors_beyond_its_window():
    cell = TimeDelay(inputs=2, units=2, delays=2, bias="none")
    weights, inputs = draw(cell, vectors=True)
    found = flow(cell, weights, inputs)
    assert jnp.all(log10(found.net, found.exponent)[1:] == -jnp.inf)
    at_inputs = np.abs(factors(found.carry, found.exponent)).reshape(TIME, 2, 2, 2)
    for q in range(TIME):  # a step starts from the two inputs before it
        assert (at_inputs[q] > 0).any() == (q < 2)


class TestMemoryBlocks:
    CELL = MemoryBlocks(
        inputs=3, blocks=2, block_size=2, input_gate_bias="random", cell_bias="random", output_gate_bias="none"
    )

    def activations(self, weights, inputs):
        """(net_in, net_c, y_out, s) at every step, from the equations of section 4."""
        blocks, cells = range(2), range(4)
        groups = {
            name: np.concatenate([np.asarray(group.input), np.asarray(group.hidden)], axis=1)
            for name, group in zip(("in", "out", "c"), weights, strict=True)
        }
        bias = {"in": np.asarray(weights.input_gate.bias), "out": np.zeros(2), "c": np.asarray(weights.cell.bias)}
        y_c, y_in, y_out, s = np.zeros(4), np.zeros(2), np.zeros(2), np.zeros(4)
        steps = []
        for x in np.asarray(inputs):
            u = np.concatenate([x, y_c, y_in, y_out])
            net = {name: w @ u + bias[name] for name, w in groups.items()}
            y_in, y_out = (np.array([f(net[name][j]) for j in blocks]) for name in ("in", "out"))
            s = s + [y_in[v // 2] * squash((-2, 2), net["c"][v]) for v in cells]
            y_c = np.array([y_out[v // 2] * squash((-1, 1), s[v]) for v in cells])
            steps.append((net["in"], net["c"], y_out, s))
        return steps

    def test_inside_the_cell_nothing_is_scaled(self):
        weights, inputs = draw(self.CELL, vectors=True, lanes=(5,), size=2.0, time=400)
        found = flow(self.CELL, weights, inputs, truncate=True, observe=state_of)
        state = np.asarray(found.carry.state) * 2.0 ** np.asarray(found.exponent)[:, :, None]
        np.testing.assert_array_equal(state, np.broadcast_to(np.eye(4)[:, :, None], (400, 4, 4, 5)))
        for name in ("cell_output", "input_gate", "output_gate", "cell_input"):
            assert not np.any(getattr(found.carry, name))

    def test_errors_are_scaled_on_entering_and_on_leaving_only(self):
        weights, inputs = draw(self.CELL, vectors=True, size=2.0)
        steps = self.activations(weights, inputs)
        found = flow(self.CELL, weights, inputs, truncate=True)
        at_cell = factors(found.net.cell, found.exponent)
        at_gate = factors(found.net.input_gate, found.exponent)
        at_output_gate = factors(found.net.output_gate, found.exponent)
        _, _, y_out, s = steps[-1]
        for q in range(TIME):
            net_in, net_c, _, _ = steps[TIME - 1 - q]
            for v in range(4):
                entering = y_out[v // 2] * slope((-1, 1), s[v])
                to_cell = entering * f(net_in[v // 2]) * slope((-2, 2), net_c[v])
                to_gate = entering * squash((-2, 2), net_c[v]) * slope((0, 1), net_in[v // 2])
                np.testing.assert_allclose(at_cell[q, v], to_cell * np.eye(4)[v], rtol=1e-11)
                np.testing.assert_allclose(at_gate[q, v], to_gate * np.eye(2)[v // 2], rtol=1e-11)
        assert not at_output_gate[1:].any()


FULL = {
    **{name: SMALL[name].cell for name in ("2a", "2c", "4-1", "no cell recurrence, no output gates")},
    **{name: network.cell for name, network in OTHERS.items() if name in ("elman", "elman, vectors", "carrousel")},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FULL)
def test_all_routes_are_the_derivative_of_the_unrolled_layer(name):
    """Net inputs are nudged one by one, by central differences: nothing is differentiated here."""
    cell = FULL[name]
    weights, inputs = draw(cell, vectors=name in VECTORS)
    found = flow(cell, weights, inputs)

    nothing = jax.tree.map(lambda net: jnp.zeros((TIME, net.shape[2])), found.net)

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def shown_at_the_end(nudges):
        def nudged(group, nudge):
            return group._replace(bias=nudge if group.bias is None else group.bias + nudge)

        def step(carry, x_and_nudge):
            x, nudge = x_and_nudge
            own = jax.tree.map(nudged, weights, nudge, is_leaf=lambda tree: isinstance(tree, Incoming))
            return cell.step(own, carry, x)

        return lax.scan(step, cell.initial_carry((), jnp.dtype("float64")), (inputs, nudges))[1][-1]

    groups, structure = jax.tree.flatten(nothing)
    largest = 0.0
    for i, net in enumerate(jax.tree.leaves(found.net)):
        numbers = factors(net, found.exponent)
        for q, v in product(range(TIME), range(numbers.shape[2])):
            nudge = groups[i].at[TIME - 1 - q, v].set(1e-5)
            up, down = (
                shown_at_the_end(jax.tree.unflatten(structure, [*groups[:i], sign * nudge, *groups[i + 1 :]]))
                for sign in (1, -1)
            )
            wanted = np.asarray(up - down) / 2e-5
            # The difference quotient is off by some 1e-10 of numbers about one.
            np.testing.assert_allclose(numbers[q, :, v], wanted, rtol=1e-6, atol=1e-9)
            largest = max(largest, np.abs(wanted).max() if q == TIME - 1 else 0.0)
    assert largest > 1e-4  # errors reach the first step at all


@pytest.mark.slow
def test_truncation_changes_what_arrives():
    cell = TestMemoryBlocks.CELL
    weights, inputs = draw(cell, vectors=True, size=2.0)
    cut, whole = (flow(cell, weights, inputs, truncate) for truncate in (True, False))
    # The last step has no past yet.
    np.testing.assert_allclose(
        factors(cut.net.cell, cut.exponent)[0], factors(whole.net.cell, whole.exponent)[0], rtol=1e-12
    )
    assert not np.allclose(
        factors(cut.net.cell, cut.exponent)[1:], factors(whole.net.cell, whole.exponent)[1:], rtol=1e-2
    )


@pytest.mark.slow
@pytest.mark.parametrize("truncate", [True, False])
def test_lanes_do_not_meet_and_one_net_may_see_several_sequences(truncate):
    cell = TestMemoryBlocks.CELL
    weights, inputs = draw(cell, vectors=True, lanes=(3,))
    several = flow(cell, jax.tree.map(lambda w: w[..., None], weights), inputs[:, :, None], truncate)
    for net, sequence in product(range(3), range(3)):
        alone = flow(cell, jax.tree.map(lambda w, i=net: w[..., i], weights), inputs[..., sequence], truncate)
        for a, b in zip(jax.tree.leaves(several.net), jax.tree.leaves(alone.net), strict=True):
            together = factors(a[..., net, sequence], several.exponent[..., net, sequence])
            np.testing.assert_allclose(together, factors(b, alone.exponent), rtol=1e-11)
