"""What does not fit is refused in one sentence, and what padding holds touches nothing, for every cell."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.cells import GRU, LSTM, Elman
from lstm_jax.errors import InputError
from lstm_jax.networks.recurrent import bidirectional, recurrent
from lstm_jax.networks.shown import lengths_of
from tests.cells.test_registry import INPUTS, NODES, make
from tests.gradients.cases import COMPILE_QUICKLY

STEPS, BATCH = 5, 3
LENGTHS = np.array([5, 2, 0])
X = np.random.default_rng(0).normal(size=(STEPS, INPUTS, BATCH)).astype(np.float32)
SYMBOLS = np.array([[0, 2, 1], [1, 1, 2], [2, 0, 1], [0, 1, 1], [1, 0, 2]])
PATHS = pytest.mark.parametrize("cell", [GRU(INPUTS, 4), Elman(INPUTS, 4)], ids=["by segments", "by steps"])


@partial(jax.jit, static_argnums=0)
def drawn(cell):
    return cell.init(jax.random.key(0), jnp.float32(0.7))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "reverse"), [*((name, False) for name in NODES), ("gru", True), ("elman", True)])
def test_what_padding_holds_touches_neither_outputs_nor_gradients(name, reverse):
    cell = make(name)

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def show(weights, inputs):
        def summed(weights, inputs):
            shown = recurrent(cell, weights, inputs, jnp.asarray(LENGTHS), reverse=reverse)
            return sum(jnp.sum(jnp.sin(leaf)) for leaf in jax.tree.leaves(shown)), shown

        return jax.value_and_grad(summed, (0, 1), has_aux=True)(weights, inputs)

    padding = (np.arange(STEPS)[:, None] >= LENGTHS)[:, None]
    wanted = show(drawn(cell), np.where(padding, 0, X))
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(wanted))
    assert not np.any(np.where(padding, wanted[0][1][1], 0))
    for value in (np.nan, np.inf, 1e30):
        jax.tree.map(np.testing.assert_array_equal, show(drawn(cell), np.where(padding, np.float32(value), X)), wanted)


@pytest.mark.parametrize("name", NODES)
def test_vectors_of_another_size_are_refused(name):
    cell = make(name)
    blank = jax.eval_shape(lambda: drawn(cell))
    for features in (INPUTS - 1, INPUTS + 1):
        with pytest.raises(InputError, match=f"inputs have {features} features: the cell has {INPUTS}"):
            recurrent(cell, blank, jnp.ones((STEPS, features, BATCH)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gru", "elman", "tests.cells.functions.step"])
def test_inside_jit_what_follows_a_symbol_outside_the_alphabet_is_nan(name):
    cell = make(name)

    @partial(jax.jit, compiler_options=COMPILE_QUICKLY)
    def show(weights, symbols):
        both = (cell, cell), (weights, weights)
        carries, outputs = bidirectional(*both, symbols, jnp.asarray(LENGTHS), symbols=True)
        return carries, jnp.split(outputs, 2, axis=1)

    right = show(drawn(cell), SYMBOLS)
    _, vectors = bidirectional(
        (cell, cell), (drawn(cell),) * 2, jnp.moveaxis(jax.nn.one_hot(SYMBOLS, INPUTS), -1, 1), LENGTHS
    )
    np.testing.assert_allclose(jnp.concatenate(right[1], axis=1), vectors, rtol=1e-5, atol=1e-6)
    for value in (-1, INPUTS, 100):
        wrong = SYMBOLS.copy()
        wrong[2, 0] = wrong[3, 1] = wrong[0, 2] = value  # that of the first sequence counts, the others are padding
        carries, (forth, back) = show(drawn(cell), wrong)
        for y, y_right, spoilt in ((forth, right[1][0], [2, 3, 4]), (back, right[1][1], [0, 1, 2])):
            expected = np.array(y_right)
            expected[spoilt, :, 0] = np.nan
            np.testing.assert_array_equal(y, expected)
        for leaf, leaf_right in zip(jax.tree.leaves(carries), jax.tree.leaves(right[0]), strict=True):
            np.testing.assert_array_equal(leaf[..., 1:], leaf_right[..., 1:])
            assert np.all(np.isnan(leaf[..., 0]))


@PATHS
def test_symbols_outside_the_alphabet_are_refused_where_their_values_are_known(cell):
    for value in (-1, INPUTS):
        wrong = np.where(SYMBOLS == 2, value, SYMBOLS)
        with pytest.raises(InputError, match=f"inputs have the value {value}: it should be from 0 to {INPUTS - 1}"):
            recurrent(cell, drawn(cell), wrong, symbols=True)
        padded = np.where(np.arange(STEPS)[:, None] < LENGTHS, SYMBOLS, value)
        ours, wanted = (recurrent(cell, drawn(cell), x, LENGTHS, symbols=True)[1] for x in (padded, SYMBOLS))
        np.testing.assert_array_equal(ours, wanted)


@PATHS
def test_what_is_a_symbol_is_not_guessed_from_the_type(cell):
    pixels = np.random.default_rng(1).integers(0, 256, (STEPS, INPUTS, BATCH), np.uint8)
    as_numbers = recurrent(cell, drawn(cell), pixels.astype(np.float32))[1]
    np.testing.assert_array_equal(recurrent(cell, drawn(cell), pixels)[1], as_numbers)
    with pytest.raises(InputError, match="inputs are float32: symbols should be integers"):
        recurrent(cell, drawn(cell), X[:, 0], symbols=True)
    with pytest.raises(InputError, match="inputs are complex64: they should be real"):
        recurrent(cell, drawn(cell), X.astype(np.complex64))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint32, np.int64, list])
def test_lengths_of_any_type_of_integer_count_steps(dtype):
    given = [100, 127] if dtype is list else np.array([100, 127], dtype)
    for count in (lengths_of, jax.jit(lengths_of, static_argnums=(1, 2))):
        np.testing.assert_array_equal(count(given, 300, (2,)), [100, 127])  # 300 is beyond eight bits
        assert count(given, 300, (2,)).dtype == jnp.int32


@pytest.mark.slow
@PATHS
def test_few_bits_count_beyond_their_range(cell):
    inputs = np.random.default_rng(2).normal(size=(300, INPUTS, 1)).astype(np.float32)
    _, outputs = recurrent(cell, drawn(cell), inputs, np.array([100], np.uint8))
    assert np.all(outputs[:100] != 0) and not np.any(outputs[100:])


@PATHS
@pytest.mark.parametrize(
    ("lengths", "complaint"),
    [
        ([6, 1, 2], "lengths have the value 6: it should be from 0 to 5."),
        ([5, -1, 2], "lengths have the value -1: it should be from 0 to 5."),
        (np.array([5, 255, 2], np.uint8), "lengths have the value 255: it"),
        (np.array([5, 2**32, 2]), "lengths have the value 4294967296: it"),
        ([5.0, 1.0, 2.0], "lengths are float64: they should be integers."),
        ([True, False, True], "lengths are bool: they should be integers."),
        ([5, 1], r"lengths have the shape (2,): that of the sequences is (3,)."),
    ],
)
def test_lengths_that_cannot_be_are_refused(cell, lengths, complaint):
    with pytest.raises(InputError) as error:
        recurrent(cell, drawn(cell), X, lengths)
    assert complaint in str(error.value)


@PATHS
def test_inside_jit_lengths_are_cut_off(cell):
    show = jax.jit(partial(recurrent, cell))
    for dtype, given in ((np.int32, [6, -1, 2]), (np.uint8, [200, 0, 2]), (np.int8, [100, -100, 2])):
        got = show(drawn(cell), X, np.array(given, dtype))
        jax.tree.map(np.testing.assert_array_equal, got, show(drawn(cell), X, np.array([5, 0, 2], dtype)))


@pytest.mark.parametrize("cell", [LSTM(INPUTS, 4), Elman(INPUTS, 4)])
def test_under_vmap_it_is_one_sequence_after_the_other(cell):
    """Values are not known there, either."""
    show = partial(recurrent, cell, drawn(cell), symbols=True)
    together = jax.vmap(lambda symbols, length: show(symbols, length)[1], -1, -1)(SYMBOLS, jnp.array([5, 2, 4]))
    np.testing.assert_allclose(together, recurrent(cell, drawn(cell), SYMBOLS, [5, 2, 4], symbols=True)[1], rtol=1e-5)
