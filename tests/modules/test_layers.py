"""Our layers against PyTorch's and Flax's with the same weights, and inside Flax's own machinery."""

import subprocess
import sys
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from lstm_jax.cells import CELLS, GRU, LSTM, MLSTM
from lstm_jax.errors import InputError
from lstm_jax.modules import Bidirectional, EncoderDecoder, Recurrent, RNNCell, SequenceClassifier, Stack
from lstm_jax.networks.recurrent import recurrent
from tests.cells.test_registry import NODES, make

INPUTS, UNITS, BATCH, STEPS = 3, 5, 2, 6
ORDER = {"lstm": ("input_gate", "forget_gate", "cell", "output_gate"), "gru": ("reset_gate", "update_gate", "n")}
NUMBERS = np.random.default_rng(0)
X = NUMBERS.standard_normal((BATCH, STEPS, INPUTS))


@pytest.fixture
def torch() -> Any:
    """PyTorch, which `scripts/test` installs for the oldest versions alone."""
    return pytest.importorskip("torch")


def torch_layer(torch: Any, kind: str) -> Any:
    layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](INPUTS, UNITS, batch_first=True, dtype=torch.float64)
    for parameter in layer.parameters():
        parameter.data = torch.tensor(NUMBERS.standard_normal(tuple(parameter.shape)) / 2)
    return layer


def by_group(layer: Any, kind: str, value) -> dict[tuple[str, str], np.ndarray]:
    """What `value` takes from each parameter (itself, or its gradient), cut into gates."""
    rows = {}
    for name, short in (("weight_ih", "input"), ("weight_hh", "hidden"), ("bias_ih", "bias_i"), ("bias_hh", "bias_h")):
        parts = np.split(value(getattr(layer, f"{name}_l0")).numpy(), len(ORDER[kind]))
        rows |= {(gate, short): part for gate, part in zip(ORDER[kind], parts, strict=True)}
    return rows


def ours(kind: str, rows: dict, blank, halves: bool):
    """PyTorch's numbers in our structure; its two biases are one of ours, and with `halves` (gradients) the same."""

    def bias(gate):
        return rows[gate, "bias_i"] if halves else rows[gate, "bias_i"] + rows[gate, "bias_h"]

    def group(name, w):
        if name == "candidate":
            return w._replace(input=rows["n", "input"], bias=rows["n", "bias_i"])
        if name == "recurrent_candidate":
            return w._replace(hidden=rows["n", "hidden"], bias=rows["n", "bias_h"])
        return w._replace(input=rows[name, "input"], hidden=rows[name, "hidden"], bias=bias(name))

    filled = blank._replace(**{name: group(name, w) for name, w in blank._asdict().items()})
    return jax.tree.map(jnp.asarray, filled)


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(("kind", "cell"), [("lstm", LSTM(INPUTS, UNITS)), ("gru", GRU(INPUTS, UNITS))])
def test_outputs_and_gradients_are_those_of_pytorch(torch, kind, cell):
    layer = torch_layer(torch, kind)
    blank = cell.init(jax.random.key(0), jnp.float32(1))
    weights = ours(kind, by_group(layer, kind, lambda p: p.detach()), blank, halves=False)
    theirs = layer(torch.tensor(X))[0]
    torch.sin(theirs).sum().backward()

    def error(weights):
        outputs = recurrent(cell, weights, jnp.moveaxis(jnp.asarray(X), 0, -1))[1]
        return jnp.sum(jnp.sin(outputs)), outputs

    gradients, outputs = jax.grad(error, has_aux=True)(weights)
    np.testing.assert_allclose(jnp.moveaxis(outputs, -1, 0), theirs.detach().numpy(), rtol=0, atol=1e-8)
    expected = ours(kind, by_group(layer, kind, lambda p: p.grad), blank, halves=True)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=0, atol=1e-8), gradients, expected)


@pytest.mark.slow
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_outputs_gradients_and_second_derivatives_are_those_of_flax(kind):
    f64 = {"dtype": jnp.float64, "param_dtype": jnp.float64, "rngs": nnx.Rngs(0)}
    if kind == "lstm":
        theirs = nnx.RNN(nnx.OptimizedLSTMCell(INPUTS, UNITS, **f64))
        cell, order = LSTM(INPUTS, UNITS), ("input_gate", "forget_gate", "cell", "output_gate")
    else:
        theirs = nnx.RNN(nnx.GRUCell(INPUTS, UNITS, **f64))
        cell, order = GRU(INPUTS, UNITS), ("reset_gate", "update_gate", "n")
    graph, state, rest = nnx.split(theirs, nnx.Param, ...)

    def error_of_theirs(state):
        outputs: Any = nnx.merge(graph, state, rest, copy=True)(jnp.asarray(X))
        return jnp.sum(jnp.sin(outputs)), outputs

    def in_our_structure(state):
        state = nnx.to_pure_dict(state)["cell"]
        rows = {}
        for dense, short in (("dense_i", "input"), ("dense_h", "hidden")):
            parts = jnp.split(state[dense]["kernel"].T, len(order))
            rows |= {(gate, short): part for gate, part in zip(order, parts, strict=True)}
        biases = jnp.split(state["dense_h" if kind == "lstm" else "dense_i"]["bias"], len(order))
        zero = jnp.zeros(UNITS)
        for gate, bias in zip(order, biases, strict=True):
            rows |= {(gate, "bias_i"): bias, (gate, "bias_h"): zero}
        if kind == "gru" and "bias" in state["dense_h"]:
            rows["n", "bias_h"] = state["dense_h"]["bias"][-UNITS:]
        return ours(kind, rows, cell.init(jax.random.key(0), jnp.float32(1)), halves=False)

    def error(weights):
        outputs = recurrent(cell, weights, jnp.moveaxis(jnp.asarray(X), 0, -1))[1]
        return jnp.sum(jnp.sin(outputs)), jnp.moveaxis(outputs, -1, 0)

    def derivatives(error, at):
        """Gradients and, along a direction, the change of them and of the outputs."""
        return jax.jvp(jax.grad(error, has_aux=True), (at,), (jax.tree.map(jnp.sin, at),))

    close = partial(np.testing.assert_allclose, rtol=0, atol=1e-8)
    ours_and_theirs = derivatives(error, in_our_structure(state)), derivatives(error_of_theirs, state)
    for (gradients, outputs), (their_gradients, their_outputs) in zip(*ours_and_theirs, strict=True):
        close(outputs, their_outputs)
        expected = in_our_structure(their_gradients)
        if kind == "gru":  # Flax has no bias there, and so no gradient by it
            gradients = gradients._replace(recurrent_candidate=gradients.recurrent_candidate._replace(bias=None))
            expected = expected._replace(recurrent_candidate=expected.recurrent_candidate._replace(bias=None))
        jax.tree.map(close, gradients, expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "mlstm", "elman"])
def test_a_cell_in_flax_rnn_shows_what_our_layer_does(name):
    cell = CELLS[name](inputs=INPUTS, units=4)
    inputs = jnp.asarray(X, jnp.float32)
    lengths = jnp.array([6, 3])
    here = jnp.arange(STEPS)[None, :, None] < lengths[:, None, None]
    layer, wrapped = Recurrent(cell, rngs=nnx.Rngs(1)), RNNCell(cell, rngs=nnx.Rngs(1))
    rnn: Any = nnx.RNN(wrapped, return_carry=True)
    carry, outputs = rnn(inputs, seq_lengths=lengths)
    our_carry, our_outputs = layer(inputs, lengths=lengths, return_carry=True)
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    close(our_outputs, jnp.where(here, outputs, 0.0))
    jax.tree.map(close, our_carry, carry)

    both = nnx.Bidirectional(nnx.RNN(wrapped), nnx.RNN(RNNCell(cell, rngs=nnx.Rngs(2))))(inputs)
    mine = Bidirectional(cell, cell, rngs=nnx.Rngs(1))
    nnx.update(mine.backward, nnx.state(Recurrent(cell, rngs=nnx.Rngs(2)), nnx.Param))
    close(mine(inputs), both)


@pytest.mark.slow
def test_a_stack_with_residuals_adds_inputs_where_sizes_agree():
    below, above = (Recurrent(LSTM(n, 4), rngs=nnx.Rngs(n)) for n in (INPUTS, 4))
    inputs = jnp.asarray(X, jnp.float32)
    hidden = below(inputs)
    np.testing.assert_array_equal(Stack([below, above], residual=True)(inputs), hidden + above(hidden))


@pytest.mark.slow
def test_a_classifier_reads_the_last_step_that_is_not_padding_and_learns_without_recompiling():
    model = SequenceClassifier(Recurrent(LSTM(INPUTS, 4), rngs=nnx.Rngs(0)), 2, rngs=nnx.Rngs(1))
    inputs, lengths, labels = jnp.asarray(X, jnp.float32), jnp.array([6, 3]), jnp.array([0, 1])
    np.testing.assert_allclose(model(inputs, lengths)[1], model(inputs[1:, :3])[0], rtol=1e-5, atol=1e-6)
    optimizer = nnx.Optimizer(model, optax.adam(0.03), wrt=nnx.Param)
    traces = []

    @nnx.jit
    def learn(model, optimizer):
        traces.append(1)

        def error(model):
            return optax.softmax_cross_entropy_with_integer_labels(model(inputs, lengths), labels).mean()

        loss, gradients = nnx.value_and_grad(error)(model)
        optimizer.update(model, gradients)
        return loss

    with jax.numpy_dtype_promotion("standard"):  # for optax
        losses = [float(learn(model, optimizer)) for _ in range(40)]
    assert losses[-1] < losses[0] / 4
    assert len(traces) == 1


@pytest.mark.slow
def test_a_decoder_starts_from_what_the_encoder_ends_with():
    model = EncoderDecoder(LSTM(INPUTS, 4), LSTM(2, 4), 2, rngs=nnx.Rngs(0))
    inputs, shifted = jnp.asarray(X, jnp.float32), jnp.zeros((BATCH, 4, 2))
    logits = model(inputs, shifted, jnp.array([6, 3]))
    padded = model(inputs.at[1, 3:].set(7.0), shifted, jnp.array([6, 3]))
    np.testing.assert_array_equal(logits, padded)
    assert float(jnp.abs(logits - model(inputs + 1, shifted, jnp.array([6, 3]))).max()) > 1e-3


@pytest.mark.parametrize("name", NODES)
def test_a_cell_of_flax_refuses_vectors_of_another_size(name):
    cell = RNNCell(make(name), rngs=nnx.Rngs(0))
    for features in (INPUTS - 1, INPUTS + 1):
        with pytest.raises(InputError, match=f"inputs have {features} features: the cell has {INPUTS}"):
            cell(cell.initialize_carry((BATCH, features)), jnp.ones((BATCH, features)))
    with pytest.raises(InputError, match="inputs are one number"):
        cell(cell.initialize_carry((INPUTS,)), 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm", "elman"])
def test_a_layer_of_symbols_is_one_of_one_hot_vectors(name):
    cell = CELLS[name](inputs=INPUTS, units=4)
    symbols = NUMBERS.integers(0, INPUTS, (BATCH, STEPS)).astype(np.uint8)
    of_vectors, of_symbols = (Recurrent(cell, symbols=known, rngs=nnx.Rngs(0)) for known in (False, True))
    wrapped: Any = nnx.RNN(RNNCell(cell, symbols=True, rngs=nnx.Rngs(0)))
    wanted = of_vectors(jax.nn.one_hot(symbols, INPUTS))
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    close(of_symbols(symbols), wanted)
    close(wrapped(jnp.asarray(symbols)), wanted)
    wrong = symbols.copy()
    wrong[0, 2] = INPUTS
    assert np.array_equal(np.isnan(wrapped(jnp.asarray(wrong))).any((0, 2)), np.arange(STEPS) >= 2)


def test_what_a_layer_takes_is_said_by_the_layer():
    cell = GRU(INPUTS, 4)
    of_vectors, of_symbols = (Recurrent(cell, symbols=known, rngs=nnx.Rngs(0)) for known in (False, True))
    pixels = NUMBERS.integers(0, 256, (BATCH, STEPS, INPUTS)).astype(np.uint8)
    np.testing.assert_array_equal(of_vectors(pixels), of_vectors(pixels.astype(np.float32)))
    for layer, inputs, wanted in (
        (
            of_vectors,
            pixels[0, 0],
            "(3,): this layer, with symbols=False, takes [batch, time, features] or [time, features].",
        ),
        (of_symbols, pixels, "(2, 6, 3): this layer, with symbols=True, takes [batch, time] or [time]."),
    ):
        with pytest.raises(InputError) as error:
            layer(inputs)
        assert wanted in str(error.value)


@pytest.mark.slow
def test_what_padding_holds_passes_through_no_residual():
    below, above = (Recurrent(LSTM(INPUTS, INPUTS), rngs=nnx.Rngs(n)) for n in (1, 2))
    stack = Stack([below, above], residual=True)
    inputs, padded = jnp.asarray(X, jnp.float32), jnp.asarray(X, jnp.float32).at[1, 3:].set(jnp.nan)
    np.testing.assert_array_equal(stack(padded, lengths=[6, 3]), stack(inputs, lengths=[6, 3]))
    np.testing.assert_array_equal(stack(padded, lengths=[6, 3])[1, 3:], 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mlstm", "elman"])
def test_a_layer_of_sixteen_bits_learns_in_thirty_two(name):
    cell = CELLS[name](inputs=INPUTS, units=4)
    layer = Recurrent(cell, dtype=jnp.bfloat16, rngs=nnx.Rngs(1))
    wrapped = RNNCell(cell, dtype=jnp.bfloat16, rngs=nnx.Rngs(1))
    inputs = jnp.asarray(X, jnp.float32)
    carry, outputs = layer(inputs, return_carry=True)
    rnn: Any = nnx.RNN(wrapped)
    assert outputs.dtype == rnn(inputs).dtype == jnp.bfloat16
    assert {leaf.dtype for leaf in jax.tree.leaves((carry, nnx.state(layer)))} == {jnp.dtype("float32")}
    rounded = Recurrent(cell, param_dtype=jnp.bfloat16, rngs=nnx.Rngs(1))
    assert {leaf.dtype for leaf in jax.tree.leaves(nnx.state(rounded))} == {jnp.dtype("bfloat16")}
    np.testing.assert_array_equal(rounded(inputs), outputs)
    exact = Recurrent(cell, rngs=nnx.Rngs(1))
    largest = np.max(np.abs(exact(inputs)))
    for ours in (outputs, rnn(inputs)):
        assert 0 < np.max(np.abs(ours.astype(jnp.float32) - exact(inputs))) < 0.02 * largest
    gradients = nnx.grad(lambda layer: jnp.sum(layer(inputs).astype(jnp.float32)))(layer)
    assert {leaf.dtype for leaf in jax.tree.leaves(gradients)} == {jnp.dtype("float32")}


@pytest.mark.parametrize("name", ["dtype", "param_dtype"])
@pytest.mark.parametrize("dtype", [jnp.int32, jnp.float64, jnp.complex64])
def test_a_type_that_layers_cannot_compute_in_is_refused(name, dtype):
    """Of 64 bits only where JAX has them."""
    with pytest.raises(InputError) as error:
        Recurrent(GRU(INPUTS, 4), rngs=nnx.Rngs(0), **{name: dtype})
    given = jnp.dtype(dtype)
    allowed = "bfloat16, float16, float32, or float64 with jax_enable_x64"
    assert str(error.value) == f"{name} is {given}: it should be {allowed}."


NO_CELLS = """
from flax import nnx
from lstm_jax.cells import LSTM
from lstm_jax.errors import InputError
from lstm_jax.modules import Recurrent, RNNCell, from_nnx

theirs = nnx.LSTMCell(3, 4, rngs=nnx.Rngs(0))
for layer in (Recurrent, RNNCell):
    for cell in (LSTM, theirs, from_nnx(theirs)):
        try:
            layer(cell, rngs=nnx.Rngs(0))
        except InputError as error:
            print(error)
"""


@pytest.mark.slow
def test_what_is_no_cell_is_refused_in_one_sentence():
    """In a process of its own, in which no test checks types."""
    done = subprocess.run([sys.executable, "-c", NO_CELLS], capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert len(said) == 6 and said[:3] == said[3:]
    assert said[0] == "cell is the class LSTM: it should be an instance, as LSTM(inputs=3, units=4) is."
    for line, kind in zip(said[1:3], ("LSTMCell", "tuple"), strict=True):
        assert line.startswith(f"cell is of the type {kind}: it should be a cell of lstm_jax.cells, or ")


@pytest.mark.slow
def test_a_layer_survives_a_round_trip_through_its_state():
    layer = Recurrent(LSTM(INPUTS, 4), rngs=nnx.Rngs(0))
    graph, state = nnx.split(layer)
    other = Recurrent(LSTM(INPUTS, 4), rngs=nnx.Rngs(5))
    pure = jax.tree.map(np.asarray, nnx.to_pure_dict(state))
    restored = nnx.state(other)
    nnx.replace_by_pure_dict(restored, pure)
    nnx.update(other, restored)
    inputs = jnp.asarray(X, jnp.float32)
    np.testing.assert_array_equal(other(inputs), nnx.merge(graph, state)(inputs))


def layers(**settings: Any) -> dict[str, Any]:
    """A layer of each kind, always with the same weights."""

    def one(cell: Any, seed: int, reverse: bool = False) -> Recurrent:
        return Recurrent(cell, reverse=reverse, rngs=nnx.Rngs(seed), **settings)

    both = Bidirectional(LSTM(INPUTS, 2), GRU(INPUTS, 1), rngs=nnx.Rngs(3), **settings)
    return {"backward": one(GRU(INPUTS, 3), 1, reverse=True), "stack": Stack([both, one(LSTM(3, 3), 2)], residual=True)}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["backward", "stack"])
def test_time_may_come_first_and_one_sequence_needs_no_batch(kind):
    inputs, lengths = jnp.asarray(X, jnp.float32), jnp.array([6, 3])
    layer, time_first = layers()[kind], layers(time_major=True)[kind]
    carry, outputs = layer(inputs, lengths=lengths, return_carry=True)
    ends = layer.last(outputs, lengths)
    their_carry, theirs = time_first(jnp.swapaxes(inputs, 0, 1), lengths=lengths, return_carry=True)
    np.testing.assert_array_equal(jnp.swapaxes(theirs, 0, 1), outputs)
    jax.tree.map(np.testing.assert_array_equal, their_carry, carry)
    np.testing.assert_array_equal(time_first.last(theirs, lengths), ends)
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    for either in (layer, time_first):
        for i, length in enumerate([6, 3]):
            own_carry, own = either(inputs[i], lengths=length, return_carry=True)
            close(own, outputs[i])
            jax.tree.map(close, own_carry, jax.tree.map(lambda leaf, i=i: leaf[i], carry))
            close(either.last(own, length), ends[i])
            close(either.last(own[:length]), ends[i])


@pytest.mark.slow
@pytest.mark.parametrize("cell", [LSTM(INPUTS, 4), MLSTM(INPUTS, 4, heads=2)], ids=["lstm", "mlstm"])
def test_all_sequences_may_start_alike(cell):
    layer, inputs = Recurrent(cell, rngs=nnx.Rngs(0)), jnp.asarray(X, jnp.float32)
    carry, _ = layer(inputs[:1], return_carry=True)
    whole = layer(inputs, initial_carry=jax.tree.map(lambda leaf: jnp.repeat(leaf, BATCH, axis=0), carry))
    assert float(jnp.abs(whole - layer(inputs)).max()) > 1e-3
    np.testing.assert_array_equal(layer(inputs, initial_carry=carry), whole)
    one = jax.tree.map(lambda leaf: leaf[0], carry)
    np.testing.assert_array_equal(layer(inputs, initial_carry=one), whole)
    np.testing.assert_allclose(layer(inputs[1], initial_carry=one), whole[1], rtol=1e-5, atol=1e-6)
    for wrong in (
        jax.tree.map(lambda leaf: jnp.repeat(leaf, 3, axis=0), carry),
        jax.tree.map(lambda x: x[..., :1], one),
    ):
        with pytest.raises(InputError, match="the initial carry"):
            layer(inputs, initial_carry=wrong)


MASK = np.array([[False, False, True, True, True, True], [True, False, True, True, False, False]])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["backward", "stack"])
def test_padding_may_stand_anywhere(kind):
    inputs = jnp.asarray(X, jnp.float32)
    spoilt = jnp.where(MASK[..., None], inputs, jnp.nan)
    layer, time_first = layers()[kind], layers(time_major=True)[kind]
    carry, outputs = layer(spoilt, mask=MASK, return_carry=True)
    np.testing.assert_array_equal(np.asarray(outputs)[~MASK], 0)
    np.testing.assert_array_equal(time_first(jnp.swapaxes(spoilt, 0, 1), mask=MASK.T), jnp.swapaxes(outputs, 0, 1))
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    ends = layer.last(outputs, mask=MASK)
    for i, here in enumerate(MASK):  # as if padding were not there at all
        own_carry, own = layer(inputs[i, here], return_carry=True)
        close(outputs[i, here], own)
        close(ends[i], layer.last(own))
        jax.tree.map(close, jax.tree.map(lambda leaf, i=i: leaf[i], carry), own_carry)
    leaves = jax.tree.leaves(nnx.grad(lambda layer: jnp.sum(layer(spoilt, mask=MASK)))(layer))
    assert leaves and all(bool(jnp.isfinite(leaf).all()) for leaf in leaves)
    both = layer(spoilt, mask=MASK, lengths=[6, 3])
    np.testing.assert_array_equal(both, layer(spoilt, mask=MASK & (np.arange(6) < [[6], [3]])))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["backward", "stack"])
def test_episodes_behind_one_another_are_as_many_sequences(kind):
    inputs, resets = (
        jnp.asarray(X, jnp.float32),
        np.array([[False, False, True, False, True, False], [True] + [False] * 5]),
    )
    layer, time_first = layers()[kind], layers(time_major=True)[kind]
    carry, outputs = layer(inputs, resets=resets, return_carry=True)
    np.testing.assert_array_equal(time_first(jnp.swapaxes(inputs, 0, 1), resets=resets.T), jnp.swapaxes(outputs, 0, 1))
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    close(outputs[0], jnp.concatenate([layer(inputs[0, a:b]) for a, b in ((0, 2), (2, 4), (4, 6))]))
    close(outputs[1], layer(inputs[1]))
    assert float(jnp.abs(outputs - layer(inputs)).max()) > 1e-3
    if kind == "backward":  # what an agent is left with goes on in the next rollout, unless that begins anew
        further = layer(inputs, resets=resets, initial_carry=carry)
        close(further[0, :4], outputs[0, :4])
        assert float(jnp.abs(further - outputs)[:, 4:].max()) > 1e-3
    with pytest.raises(InputError, match=r"resets are int\d+\[6, 2\], time first: they should be bool\[6, 2\]"):
        layer(inputs, resets=resets.astype(int))


@pytest.mark.slow
def test_padding_of_symbols_may_be_no_symbol_and_another_mask_is_refused():
    layer = Recurrent(GRU(INPUTS, 3), symbols=True, rngs=nnx.Rngs(0))
    symbols = np.where(MASK, 1, 100)
    outputs = layer(symbols, mask=MASK)
    np.testing.assert_allclose(outputs[0, 2:], layer(np.ones(4, int)), rtol=1e-5, atol=1e-6)
    shared = layer(np.where(MASK[0], 1, 7)[None], mask=MASK[0])
    np.testing.assert_allclose(shared, outputs[:1], rtol=1e-5, atol=1e-6)
    for wrong in (MASK[:, :4], MASK.astype(int), MASK[0, :3]):
        with pytest.raises(
            InputError, match=r"mask is (bool|int64|int32)\[.*\], time first: it should be bool\[6, 2\]"
        ):
            layer(np.ones((2, 6), int), mask=wrong)
    with pytest.raises(InputError, match="inputs have the value 100"):
        layer(symbols, mask=~MASK)
