"""What holds for every cell, by whatever name."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import CELLS, Cell, read_cell
from lstm_jax.configuration import arrays
from lstm_jax.errors import InputError
from tests.cells import functions
from tests.gradients.cases import COMPILE_QUICKLY

INPUTS, STEPS, LANES = 3, 6, 4

NODES = {
    "memory_blocks": {"blocks": 2, "block_size": 2},
    "forget_gates": {"blocks": 2, "block_size": 2, "forget_gate_bias": "random"},
    "state_decay": {"blocks": 2, "block_size": 1},
    "lstm": {"units": 3, "forget_gate_bias": 1.0},
    "peephole": {"units": 3},
    "coupled": {"units": 3},
    "gru": {"units": 3},
    "lstmp": {"units": 3, "projection": 2},
    "layer_norm_lstm": {"units": 3},
    "layer_norm_gru": {"units": 3},
    "slstm": {"units": 4, "heads": 2},
    "mlstm": {"units": 4, "heads": 2},
    "lru": {"units": 3},
    "min_gru": {"units": 3},
    "min_lstm": {"units": 3},
    "selective": {"units": 3, "state": 2},
    "elman": {"units": 3, "bias": "random"},
    "carrousel": {"units": 3},
    "time_delay": {"units": 3, "delays": 2},
    "output_feedback": {"hidden": 3},
    "stacked": {"layers": [{"name": "gru", "units": 3}, {"name": "residual", "cell": {"name": "lstm", "units": 3}}]},
    "residual": {"cell": {"name": "elman", "units": INPUTS}},
    "tests.cells.functions.step": {"units": 5},
    "flax.nnx.GRUCell": {"hidden_features": 3},
}
EVERY = pytest.mark.parametrize("name", NODES)


def make(name: str) -> Cell:
    return read_cell({"name": name, **NODES[name]}, INPUTS)


def initial(cell: Cell, dtype: Any = np.float32):
    keys = jax.random.split(jax.random.key(1), LANES)
    return jax.tree.map(lambda w: w.astype(dtype), cell.init(keys, jnp.full(LANES, 0.8, jnp.float32)))


draw = jax.jit(initial, static_argnums=(0, 1), compiler_options=COMPILE_QUICKLY)


def sequence(symbols: bool, dtype=jnp.float32):
    rng = np.random.default_rng(2)
    if symbols:
        return jnp.asarray(rng.integers(0, INPUTS, (STEPS, LANES)))
    return jnp.asarray(rng.normal(size=(STEPS, INPUTS, LANES)), dtype)


def scan(cell: Cell, weights, inputs, carry):
    return jax.lax.scan(lambda c, x: cell.step(weights, c, x), carry, inputs)


shown = jax.jit(scan, static_argnums=0, compiler_options=COMPILE_QUICKLY)


def test_every_registered_cell_is_here():
    assert set(CELLS) <= set(NODES)


@EVERY
def test_it_is_a_cell_that_can_be_a_key(name):
    cell = make(name)
    assert isinstance(cell, Cell)
    assert cell == make(name) and hash(cell) == hash(make(name))
    assert cell.inputs == INPUTS


@EVERY
def test_it_counts_its_weights(name):
    cell = make(name)
    drawn = jax.eval_shape(lambda: initial(cell))
    assert sum(leaf.size for leaf in jax.tree.leaves(drawn)) == LANES * cell.weight_count
    assert arrays(cell, (LANES,)).weight_count == cell.weight_count


@pytest.mark.slow
@EVERY
def test_a_lane_alone_is_the_lane_among_others_step_by_step(name):
    """One example step by step in a Python loop without lanes, against all lanes in a compiled scan."""
    cell = make(name)
    weights, inputs = draw(cell), sequence(True)
    step = jax.jit(cell.step, compiler_options=COMPILE_QUICKLY)
    _, outputs = shown(cell, weights, inputs, cell.initial_carry((LANES,), jnp.dtype("float32")))
    assert outputs.shape == (STEPS, cell.outputs, LANES) and np.all(np.isfinite(outputs))
    own = jax.tree.map(lambda w: np.asarray(w)[..., 2], weights)
    carry = cell.initial_carry((), jnp.dtype("float32"))
    for t in range(STEPS):
        carry, y = step(own, carry, np.asarray(inputs)[t, ..., 2])
        np.testing.assert_allclose(outputs[t, :, 2], y, rtol=2e-5, atol=1e-6)


@pytest.mark.slow
@EVERY
def test_symbols_are_one_hot_vectors(name):
    cell = make(name)
    weights, symbols = draw(cell), sequence(True)
    vectors = jnp.moveaxis(jax.nn.one_hot(symbols, INPUTS), -1, 1)
    carry = cell.initial_carry((LANES,), jnp.dtype("float32"))
    by_symbols, by_vectors = (shown(cell, weights, x, carry)[1] for x in (symbols, vectors))
    np.testing.assert_allclose(by_symbols, by_vectors, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@EVERY
def test_a_sequence_in_two_parts_is_the_whole(name):
    cell = make(name)
    weights, inputs = draw(cell), sequence(False)
    carry = cell.initial_carry((LANES,), jnp.dtype("float32"))
    last, whole = shown(cell, weights, inputs, carry)
    middle, first = shown(cell, weights, inputs[:3], carry)
    end, second = shown(cell, weights, inputs[3:], middle)
    np.testing.assert_allclose(whole, jnp.concatenate([first, second]), rtol=1e-6)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), last, end)


@pytest.mark.slow
@EVERY
def test_weights_may_be_shared_by_many_sequences(name):
    """As examinations do: an axis of sequences before the lanes, of size one for the weights."""
    cell = make(name)
    weights, inputs = draw(cell), sequence(False)
    many = jnp.stack([inputs, -inputs], axis=-2)
    shared = jax.tree.map(lambda w: np.asarray(w)[..., None, :], weights)
    _, together = shown(cell, shared, many, cell.initial_carry((2, LANES), jnp.dtype("float32")))
    _, alone = shown(cell, weights, -inputs, cell.initial_carry((LANES,), jnp.dtype("float32")))
    np.testing.assert_allclose(together[..., 1, :], alone, rtol=1e-5, atol=1e-6)


@EVERY
def test_float64_stays_float64(name, float64):
    cell = make(name)
    dtype = jnp.dtype("float64")
    weights = jax.eval_shape(lambda: initial(cell, dtype))
    given = (weights, sequence(False, dtype), cell.initial_carry((LANES,), dtype))
    last, outputs = jax.eval_shape(lambda *given: scan(cell, *given), *given)
    assert {leaf.dtype for leaf in jax.tree.leaves((last, outputs))} == {dtype}


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        (3, "network.cell is 3: it needs a name and the cell's fields."),
        ({"units": 3}, "network.cell is {'units': 3}: it needs a name"),
        ("grew", "network.cell.name is 'grew': allowed are memory_blocks"),
        ({"name": "stacked"}, "network.cell has the fields none: stacked needs layers"),
        ({"name": "stacked", "layers": []}, "layers is []: it should have at least one cell."),
        (
            {"name": "stacked", "layers": [{"name": "gru", "units": 0}]},
            "network.cell.layers[0].units is 0: it",
        ),
        ({"name": "residual", "units": 3}, "network.cell has the fields units: residual needs cell alone."),
        ({"name": "residual", "cell": {"name": "gru", "units": 2}}, "has 3 inputs and 2 outputs"),
        ({"name": "slstm", "units": 5, "heads": 2}, "units is 5: it should be a multiple of heads, 2."),
        ({"name": "coupled", "units": 2, "input_gate_bias": 1.0}, "input_gate_bias is 1.0: coupled has no input gate"),
        ({"name": "lstm", "units": 2, "cell_bias": [1.0]}, "cell_bias is [1.0]: it needs one value for each of the 2"),
        ("tests.cells.functions.nothing", "network.cell.name is 'tests.cells.functions.nothing', which cannot be"),
        ("tests.cells.functions.UNITS", "it should be a dataclass, a function or"),
        (
            "tests.cells.functions.wrong_step",
            "is 'tests.cells.functions.wrong_step', which cannot be used: wrong_step (tests/cells/functions.py",
        ),
        ({"name": "tests.cells.functions.step", "nuits": 2}, "unexpected keyword argument 'nuits'"),
        ({"name": "flax.nnx.GRUCell"}, "'flax.nnx.GRUCell', which cannot be used: GRUCell.__init__() missing"),
        ({"name": "flax.nnx.GRUCell", "hidden_features": 0}, "'flax.nnx.GRUCell', which cannot be used: "),
        ({"name": "flax.nnx.Linear", "out_features": 3}, "flax.nnx.Linear"),
        ("math.sqrt", "math has no function init(key, inputs)"),
    ],
)
def test_a_node_that_is_no_cell(node, complaint):
    with pytest.raises(InputError) as error:
        read_cell(node, INPUTS)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_functions_of_ones_own_are_mapped_over_lanes():
    """Against the same functions called by hand."""
    cell = make("tests.cells.functions.step")
    weights, inputs = draw(cell), sequence(False)
    _, outputs = shown(cell, weights, inputs, cell.initial_carry((LANES,), jnp.dtype("float32")))
    params, carry = functions.init(jax.random.split(jax.random.key(1), LANES)[1], INPUTS, units=5)
    for t in range(STEPS):
        carry, y = functions.step(params, carry, inputs[t, :, 1])
        np.testing.assert_allclose(outputs[t, :, 1], y, rtol=1e-5)


def test_a_stack_is_one_layer_after_the_other():
    gru, residual = make("stacked").layers  # pyright: ignore[reportAttributeAccessIssue]
    cell = make("stacked")
    weights, inputs = draw(cell), sequence(False)
    _, outputs = shown(cell, weights, inputs, cell.initial_carry((LANES,), jnp.dtype("float32")))
    below = shown(gru, weights[0], inputs, gru.initial_carry((LANES,), jnp.dtype("float32")))[1]
    lstm = residual.cell
    above = shown(lstm, weights[1], below, lstm.initial_carry((LANES,), jnp.dtype("float32")))[1]
    np.testing.assert_allclose(outputs, below + above, rtol=1e-6)
