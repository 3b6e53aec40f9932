"""That a layer over sequences is the scan of a cell's step, in outputs and in all gradients."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from lstm_jax.cells import CELLS
from lstm_jax.errors import InputError
from lstm_jax.networks import recurrent as module
from lstm_jax.networks import segment as segments
from lstm_jax.networks.recurrent import bidirectional, recurrent
from tests.cells.test_registry import NODES, make
from tests.gradients.cases import COMPILE_QUICKLY

STEPS, INPUTS, BATCH = 7, 3, 2
LENGTHS = np.array([7, 4])
SETTINGS = {
    "memory_blocks": {"blocks": 2, "block_size": 2, "input_gate_bias": "random"},
    "forget_gates": {
        "blocks": 2,
        "block_size": 2,
        "output_gates": False,
        "output_gate_bias": "none",
        "forget_gate_bias": "random",
    },
    "state_decay": {"blocks": 2, "block_size": 1, "gate_recurrence": False},
    "gru": {"units": 4, "recurrent_candidate_bias": "none"},
    "slstm": {"units": 4, "heads": 2},
    "mlstm": {"units": 4, "heads": 2},
    "selective": {"units": 4, "state": 2},
    "carrousel": {"units": 2},
    "time_delay": {"units": 2, "delays": 2},
    "output_feedback": {"hidden": 3},
}
NAMES = list(CELLS)

pytestmark = pytest.mark.usefixtures("float64")


@partial(jax.jit, static_argnums=(0, 1), compiler_options=COMPILE_QUICKLY)
def initial(cell, lanes: tuple[int, ...] = ()):
    """Weights in float64."""
    keys = jax.random.split(jax.random.key(3), lanes) if lanes else jax.random.key(3)
    drawn = cell.init(keys, jnp.full(lanes, 0.7, jnp.float32))
    return jax.tree.map(lambda w: w.astype(jnp.float64), drawn)


def cell_and_weights(name: str, lanes: tuple[int, ...] = ()):
    cell = CELLS[name](inputs=INPUTS, **SETTINGS.get(name, {"units": 4}))
    return cell, initial(cell, lanes)


def sequences() -> jax.Array:
    return jax.random.normal(jax.random.key(4), (STEPS, INPUTS, BATCH))


def by_steps(cell, weights, inputs, carry=None):
    """The scan of `step` over one sequence, `[time, inputs]`."""
    start = cell.initial_carry((), inputs.dtype) if carry is None else carry
    return lax.scan(lambda c, x: cell.step(weights, c, x), start, inputs)


def each(cell, weights, inputs, lengths=None, carry=None, reverse=False):
    """`by_steps` of the valid part of every sequence of a batch, turned round where `reverse`."""
    results = []
    for i, length in enumerate([len(inputs)] * BATCH if lengths is None else lengths):
        start = None if carry is None else jax.tree.map(lambda c, i=i: c[..., i], carry)
        order = slice(None, None, -1) if reverse else slice(None)
        last, y = by_steps(cell, weights, inputs[:length, :, i][order], start)
        results.append((last, jnp.pad(y[order], ((0, len(inputs) - length), (0, 0)))))
    return jax.tree.map(lambda *of: jnp.stack(of, axis=-1), *results)


def summed(show, *arguments):
    """A function of everything that is returned, whose derivative by any of it is not constant."""
    result = show(*arguments)
    return sum(jnp.sum(jnp.sin(leaf + 1)) for leaf in jax.tree.leaves(result)), result


def assert_same(show, reference, *arguments):
    numbers = tuple(range(len(arguments)))
    both = [jax.value_and_grad(partial(summed, f), numbers, has_aux=True) for f in (show, reference)]
    compute = jax.jit(lambda *arguments: [f(*arguments) for f in both], compiler_options=COMPILE_QUICKLY)
    ours, theirs = compute(*arguments)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-11, atol=1e-12), ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reverse"), [*((name, False) for name in NAMES), ("peephole", True), ("elman", True)])
def test_it_is_the_scan_of_steps_for_every_cell(name, reverse):
    cell, weights = cell_and_weights(name)
    zeros = cell.initial_carry((BATCH,), jnp.dtype("float64"))
    start = jax.tree.map(lambda c: jnp.asarray(np.asarray(c) + (0.1 * np.arange(BATCH)).astype(c.dtype)), zeros)
    assert_same(
        lambda w, x, c: recurrent(cell, w, x, jnp.asarray(LENGTHS), c, reverse),
        lambda w, x, c: each(cell, w, x, LENGTHS, c, reverse),
        weights,
        sequences(),
        start,
    )


RESETS = np.zeros((STEPS, BATCH), bool)
RESETS[[0, 3, 4, 5], [1, 0, 0, 1]] = True
"""Of the first sequence steps 3 and 4 begin anew; of the second the first step, and one that lengths make padding."""


def in_pieces(cell, weights, inputs, carry, anew, reverse):
    """Every sequence cut at its resets by hand: its pieces one after the other, each with a carry of its own."""
    pieces = [[(0, 3), (3, 4), (4, 7)], [(0, 4)]]
    results = []
    for i, own in enumerate(pieces):
        order = slice(None, None, -1) if reverse else slice(None)
        last = before = jax.tree.map(lambda c, i=i: c[..., i], carry)
        shown = {}
        for number, (start, end) in enumerate(own[order]):
            # The second sequence begins with a reset: forward nothing is left of its carry.
            begins = before if number == 0 and (i == 0 or reverse) else anew
            last, y = by_steps(cell, weights, inputs[start:end, :, i][order], begins)
            shown[start] = y[order]
        y = jnp.concatenate([shown[start] for start in sorted(shown)])
        results.append((last, jnp.pad(y, ((0, STEPS - len(y)), (0, 0)))))
    return jax.tree.map(lambda *of: jnp.stack(of, axis=-1), *results)


@pytest.mark.slow
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ["lstm", "slstm", "elman"])
def test_a_reset_is_where_one_sequence_ends_and_another_begins(name, reverse):
    cell, weights = cell_and_weights(name)
    zeros = cell.initial_carry((BATCH,), jnp.dtype("float64"))
    carry, anew = jax.tree.map(lambda c: jnp.full(c.shape, 0.3), zeros), jax.tree.map(lambda c: c[..., 0], zeros)
    learned = name != "elman"
    if learned:
        anew = jax.tree.map(lambda c: jnp.full(c.shape, 0.1), anew)
    show = partial(recurrent, cell, lengths=jnp.asarray(LENGTHS), reverse=reverse, resets=RESETS)
    assert_same(
        lambda w, x, c, s: show(w, x, carry=c, start=s if learned else None, checkpoint_every=None if learned else 3),
        lambda w, x, c, s: in_pieces(cell, w, x, c, s if learned else jax.lax.stop_gradient(s), reverse),
        weights,
        sequences(),
        carry,
        anew,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "peephole", "gru", "gru_before", "lstmp", "memory_blocks"])
def test_noise_is_in_what_re_enters_and_in_the_carry(name):
    """Dropped activations are columns of the recurrent matrices that are zero; the carry is mixed by hand."""
    cell, weights = cell_and_weights("gru" if name == "gru_before" else name)
    if name == "gru_before":
        cell = CELLS["gru"](inputs=INPUTS, units=4, reset="before")
        weights = initial(cell)
    numbers = np.random.default_rng(5)
    zeros = cell.initial_carry((BATCH,), jnp.dtype("float64"))
    factors = 2.0 * numbers.integers(0, 2, (jax.eval_shape(cell.hidden, zeros).shape[0], BATCH))
    kept = jax.tree.map(lambda c: numbers.random((STEPS, *c.shape)) < 0.4, zeros)
    zoned = name != "memory_blocks"
    if name == "peephole":  # as in evaluation
        kept = jax.tree.map(lambda c: jnp.full((STEPS, 1, 1), 0.4), zeros)

    def one_by_one(weights, inputs, carry):
        results = []
        for i in range(BATCH):

            def dropped(path, w, i=i):
                re_enters = path[-1].name == "hidden" and path[0].name != "projection"
                return w * factors[:, i] if re_enters else w

            own = jax.tree_util.tree_map_with_path(dropped, weights)

            def step(before, shown, own=own):
                x, kept = shown
                new, y = cell.step(own, before, x)
                if not zoned:
                    return new, y
                new = jax.tree.map(lambda k, old, new: k * old + (1.0 - k) * new, kept, before, new)
                return new, getattr(new, "output", new)

            shares = jax.tree.map(lambda k, i=i: jnp.asarray(k[..., i % k.shape[-1]], jnp.float64), kept)
            results.append(lax.scan(step, jax.tree.map(lambda c, i=i: c[..., i], carry), (inputs[..., i], shares)))
        return jax.tree.map(lambda *of: jnp.stack(of, axis=-1), *results)

    assert_same(
        lambda w, x, c: recurrent(cell, w, x, carry=c, factors=factors, kept=kept if zoned else None),
        one_by_one,
        weights,
        sequences(),
        jax.tree.map(lambda c: jnp.full(c.shape, 0.3), zeros),
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["peephole", "slstm"])
def test_without_lengths_and_with_large_products_it_is_the_same(name, monkeypatch):
    monkeypatch.setattr(segments, "MULTIPLICATIONS_IN_A_KERNEL", 0)
    cell, weights = cell_and_weights(name)
    assert_same(lambda w, x: recurrent(cell, w, x), lambda w, x: each(cell, w, x), weights, sequences())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "large"), [*((name, 100) for name in ("memory_blocks", "gru", "slstm")), ("gru", 0)])
def test_inputs_that_enter_step_by_step_change_nothing(name, large, monkeypatch):
    monkeypatch.setattr(segments, "MANY_LANES", 1)
    monkeypatch.setattr(segments, "MANY_LANES_LARGE", 1)
    monkeypatch.setattr(segments, "LARGE", large)  # matrices from one source have 64 weights at most, or each is apart
    cell, weights = cell_and_weights(name)
    lengths = jnp.asarray(LENGTHS)
    assert_same(
        lambda w, x: recurrent(cell, w, x, lengths, reverse=True),
        lambda w, x: each(cell, w, x, LENGTHS, reverse=True),
        weights,
        sequences(),
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "slstm"])
def test_as_on_other_devices_it_is_the_same(name, monkeypatch):
    monkeypatch.setattr(segments, "_on_cpu", lambda: False)
    monkeypatch.setattr(segments, "MANY_LANES", 1)
    monkeypatch.setattr(segments, "LARGE", 0)
    cell, weights = cell_and_weights(name)
    assert_same(lambda w, x: recurrent(cell, w, x), lambda w, x: each(cell, w, x), weights, sequences())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "every", "reverse"),
    [("lstm", 3, False), ("lstm", 100, False), ("elman", 2, True)],
)
def test_computing_again_changes_nothing(name, every, reverse):
    cell, weights = cell_and_weights(name)
    lengths = jnp.asarray(LENGTHS)
    assert_same(
        lambda w, x: recurrent(cell, w, x, lengths, reverse=reverse, checkpoint_every=every),
        lambda w, x: recurrent(cell, w, x, lengths, reverse=reverse),
        weights,
        sequences(),
    )


@pytest.mark.slow
def test_products_of_some_steps_at_a_time_change_nothing(monkeypatch):
    cell, weights = cell_and_weights("lstm")
    long = jax.random.normal(jax.random.key(5), (21, INPUTS, BATCH))
    monkeypatch.setattr(module, "STEPS_TIMES_LANES", 1)  # eight steps at a time, and a rest of five
    assert_same(lambda w, x: recurrent(cell, w, x), lambda w, x: each(cell, w, x), weights, long)


@pytest.mark.slow
def test_products_with_the_inputs_of_many_steps_side_by_side_change_nothing(monkeypatch):
    cell, weights = cell_and_weights("lstm")
    long = jax.random.normal(jax.random.key(5), (21, INPUTS, BATCH))
    monkeypatch.setattr(segments, "LARGE", 0)
    monkeypatch.setattr(segments, "COLUMNS", 3 * BATCH)  # three, three and two of eight steps
    assert_same(lambda w, x: recurrent(cell, w, x), lambda w, x: each(cell, w, x), weights, long)
    for columns in (1, 1000):  # too many products, which are one einsum; all steps in one
        monkeypatch.setattr(segments, "COLUMNS", columns)
        assert_same(lambda w, x: recurrent(cell, w, x), lambda w, x: each(cell, w, x), weights, long)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "mlstm"])
def test_a_split_sequence_is_the_whole(name):
    cell, weights = cell_and_weights(name)

    def halves(w, x):
        carry, first = recurrent(cell, w, x[:3])
        carry, second = recurrent(cell, w, x[3:], carry=carry)
        return carry, jnp.concatenate([first, second])

    assert_same(halves, lambda w, x: recurrent(cell, w, x), weights, sequences())


def test_symbols_are_one_hot_vectors():
    cell, weights = cell_and_weights("lstm")
    symbols = jnp.array([[0, 2], [1, 1], [2, 0]])
    vectors = jnp.moveaxis(jax.nn.one_hot(symbols, INPUTS, dtype=jnp.float64), -1, 1)
    assert_same(lambda w: recurrent(cell, w, symbols, symbols=True), lambda w: recurrent(cell, w, vectors), weights)


@pytest.mark.slow
def test_two_directions_with_lengths_are_the_valid_parts_forward_and_reversed():
    (forth, v), (back, w) = cell_and_weights("lstm"), cell_and_weights("gru")

    def apart(v, w, x):
        carries, outputs = [], []
        for i, length in enumerate(LENGTHS):
            valid = x[:length, :, i]
            forward = by_steps(forth, v, valid)
            backward = by_steps(back, w, valid[::-1])
            both = jnp.concatenate([forward[1], backward[1][::-1]], axis=1)
            outputs.append(jnp.pad(both, ((0, STEPS - length), (0, 0))))
            carries.append((forward[0], backward[0]))
        return jax.tree.map(lambda *of: jnp.stack(of, axis=-1), *zip(carries, outputs, strict=True))

    assert_same(lambda v, w, x: bidirectional((forth, back), (v, w), x, jnp.asarray(LENGTHS)), apart, v, w, sequences())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "elman"])
def test_lanes_may_have_weights_of_their_own(name):
    cell, weights = cell_and_weights(name, (BATCH,))

    def alone(w, x):
        lanes = [recurrent(cell, jax.tree.map(lambda a, i=i: a[..., i], w), x[..., i]) for i in range(BATCH)]
        return jax.tree.map(lambda *of: jnp.stack(of, axis=-1), *lanes)

    assert_same(lambda w, x: recurrent(cell, w, x), alone, weights, sequences())


def moved(tree, along, step):
    return jax.tree.map(lambda a, b: a + step * b, tree, along)


def like(tree, seed):
    """Random numbers in the place of numbers."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape), leaf.dtype), tree)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        *((name, {}) for name in NODES),
        ("peephole", {"reverse": True}),
        ("lstm", {"checkpoint_every": 3}),
        ("gru", {"symbols": True}),
        ("elman", {"symbols": True}),
    ],
)
def test_derivatives_forward_and_of_gradients_are_finite_differences(name, settings):
    cell = make(name)
    weights = initial(cell)
    zeros = cell.initial_carry((BATCH,), jnp.dtype("float64"))
    start = moved(zeros, like(zeros, 9), 0.5)  # not zero, around which layer normalisation bends sharply
    inputs = sequences()
    symbols = jnp.argmax(inputs, axis=1) if settings.get("symbols") else None

    def error(weights, inputs, start):
        shown = inputs if symbols is None else symbols
        # Not by the last carry: no error is propagated through the stabilisers in it.
        return jnp.sum(jnp.sin(recurrent(cell, weights, shown, jnp.asarray(LENGTHS), start, **settings)[1] + 1))

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def both(arguments, along):
        gradient = jax.value_and_grad(lambda arguments: error(*arguments))
        return jax.jvp(gradient, (arguments,), (along,))

    arguments = weights, inputs, start
    along = like(weights, 5), like(inputs, 6), like(start, 7)
    _, ours = both(arguments, along)
    given, by = jax.tree.map(np.asarray, (arguments, along))
    above, below = (both(moved(given, by, np.float64(step)), along)[0] for step in (1e-6, -1e-6))
    wanted = jax.tree.map(lambda a, b: (a - b) / 2e-6, above, below)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-7), ours, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "elman"])
def test_matrices_of_derivatives_are_their_columns(name):
    """As jacfwd, hessian and linearize make them, by mapping one direction over many."""
    cell, weights = cell_and_weights(name)
    along = like(weights, 8)

    def error(step):
        return jnp.sum(jnp.sin(recurrent(cell, moved(weights, along, step), sequences())[1]))

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def ours(step):
        once, pushed = jax.linearize(error, step)
        return jax.jacfwd(error)(step), jax.hessian(error)(step), once, pushed(jnp.float64(1))

    by_forward, twice, value, pushed = ours(jnp.float64(0.1))
    points = [ours(jnp.float64(0.1 + step)) for step in (1e-6, -1e-6)]
    np.testing.assert_allclose(value, error(0.1), rtol=1e-12)
    np.testing.assert_allclose([by_forward, pushed], (points[0][2] - points[1][2]) / 2e-6, rtol=1e-7)
    np.testing.assert_allclose(twice, (points[0][0] - points[1][0]) / 2e-6, rtol=1e-7)


@pytest.mark.slow
def test_lane_axes_are_free():
    cell, weights = cell_and_weights("lstm")
    x = jax.random.normal(jax.random.key(6), (STEPS, INPUTS, 2, 3))
    show = jax.jit(partial(recurrent, cell), compiler_options=COMPILE_QUICKLY)
    carry, y = show(weights, x)
    flat_carry, flat = show(weights, x.reshape(STEPS, INPUTS, 6))
    np.testing.assert_allclose(y.reshape(flat.shape), flat, rtol=1e-14)
    np.testing.assert_allclose(carry.state.reshape(flat_carry.state.shape), flat_carry.state, rtol=1e-14)
    np.testing.assert_allclose(show(weights, x[..., 0, 0])[1], y[..., 0, 0], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(0, INPUTS, 2), (0, INPUTS), (STEPS, INPUTS, 0)])
@pytest.mark.parametrize("name", ["lstm", "elman"])
def test_nothing_is_shown_without_steps_or_lanes(name, shape):
    cell, weights = cell_and_weights(name)

    def show(w):
        carry, y = recurrent(cell, w, jnp.zeros(shape))
        return jnp.sum(y), (carry, y)

    both = jax.jit(jax.value_and_grad(show, has_aux=True), compiler_options=COMPILE_QUICKLY)
    (_, (carry, y)), gradient = both(weights)
    assert y.shape == (shape[0], 4, *shape[2:])
    for leaf in jax.tree.leaves((carry, gradient)):
        np.testing.assert_array_equal(leaf, 0)


def test_computing_again_every_zero_steps_is_refused():
    cell, weights = cell_and_weights("lstm")
    with pytest.raises(InputError, match="checkpoint_every is 0"):
        recurrent(cell, weights, sequences(), checkpoint_every=0)


def test_it_compiles_once():
    cell, weights = cell_and_weights("lstm")
    traces = []

    @jax.jit
    def show(w, x):
        traces.append(1)
        return recurrent(cell, w, x)[1]

    for _ in range(2):
        show(weights, sequences())
    assert len(traces) == 1


@pytest.mark.slow
@pytest.mark.skipif(jax.default_backend() != "cpu", reason="a setting of the CPU")
def test_large_products_are_not_compiled_into_a_kernel():
    cell = CELLS["lstm"](inputs=64, units=64)
    weights = cell.init(jax.random.key(0), jnp.float32(0.1))

    def kernels(batch: int) -> list[str]:
        """Loops in one kernel that hold more than the numbers of steps."""
        x = jnp.zeros((64, 64, batch), jnp.float32)
        gradient = jax.grad(lambda w: jnp.sum(recurrent(cell, w, x)[1]))
        program = jax.jit(gradient).lower(weights).compile().as_text() or ""
        return [line for line in program.splitlines() if "xla_cpu_small_call" in line and "f32[" in line]

    assert kernels(1)
    for batch in (2, 32):
        assert not kernels(batch)
