"""Weights of other libraries in our layers and back: the same numbers come out."""

from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from lstm_jax.cells import GRU, LSTM, LSTMP, Elman, Peephole
from lstm_jax.errors import InputError
from lstm_jax.modules import (
    Bidirectional,
    Recurrent,
    Stack,
    from_flax,
    from_keras,
    from_torch,
    to_flax,
    to_keras,
    to_torch,
)

BATCH, STEPS, INPUTS, UNITS = 2, 4, 3, 2
NUMBERS = np.random.default_rng(0)
X = NUMBERS.standard_normal((BATCH, STEPS, INPUTS)).astype(np.float32)
GATES = {"LSTM": 4, "LSTMP": 4, "GRU": 3, "RNN": 1}
SHOWN = {"LSTMP": 1}
"""How many numbers a layer shows, where that is not the number of units."""

close = partial(np.testing.assert_allclose, rtol=0, atol=1e-6)


def same(found: Any, wanted: Any) -> None:
    """Arrays are the same to the last bit, and named alike."""
    jax.tree.map(np.testing.assert_array_equal, found, jax.tree.map(np.asarray, wanted))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def draw(*shape: int) -> np.ndarray:
    return NUMBERS.standard_normal(shape).astype(np.float32) / 2


# PyTorch: its documented equations below, and itself where it is there.


def torch_state(kind: str, layers: int, both: bool, bias: bool) -> dict[str, np.ndarray]:
    state, rows, shown = {}, GATES[kind] * UNITS, SHOWN.get(kind, UNITS)
    for layer in range(layers):
        inputs = shown * (1 + both) if layer else INPUTS
        for end in ("", "_reverse")[: 1 + both]:
            state |= {f"weight_ih_l{layer}{end}": draw(rows, inputs), f"weight_hh_l{layer}{end}": draw(rows, shown)}
            if kind == "LSTMP":
                state[f"weight_hr_l{layer}{end}"] = 2 * draw(shown, UNITS)
            if bias:
                state |= {f"bias_ih_l{layer}{end}": draw(rows), f"bias_hh_l{layer}{end}": draw(rows)}
    return state


def torch_equations(kind: str, state: dict[str, np.ndarray], x: np.ndarray, relu: bool) -> np.ndarray:
    """Outputs `[batch, time, units]` after the documentation of `nn.LSTM`, `nn.GRU` and `nn.RNN`, in float64."""
    layer = 0
    while f"weight_ih_l{layer}" in state:
        outputs = []
        for end in ("", "_reverse"):
            if f"weight_ih_l{layer}{end}" not in state:
                continue
            w, u = (state[f"{name}_l{layer}{end}"].astype(float) for name in ("weight_ih", "weight_hh"))
            b, c = (state.get(f"{name}_l{layer}{end}", np.zeros(len(w))) for name in ("bias_ih", "bias_hh"))
            projection = state.get(f"weight_hr_l{layer}{end}", np.eye(UNITS))
            shown = torch_direction(kind, w, u, b, c, x[:, ::-1] if end else x, relu, projection)
            outputs.append(shown[:, ::-1] if end else shown)
        x = np.concatenate(outputs, axis=-1)
        layer += 1
    return x


def torch_direction(kind, w, u, b, c, x, relu, projection):
    h, state = np.zeros((len(x), len(projection))), np.zeros((len(x), UNITS))
    shown = []
    for t in range(x.shape[1]):
        of_x, of_h = (np.split(a, GATES[kind], axis=1) for a in (x[:, t] @ w.T + b, h @ u.T + c))
        if kind in ("LSTM", "LSTMP"):
            i, f, g, o = (p + q for p, q in zip(of_x, of_h, strict=True))
            state = sigmoid(f) * state + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(state) @ projection.T
        elif kind == "GRU":
            r, z = (sigmoid(p + q) for p, q in zip(of_x[:2], of_h[:2], strict=True))
            h = (1 - z) * np.tanh(of_x[2] + r * of_h[2]) + z * h
        else:
            h = np.maximum(of_x[0] + of_h[0], 0) if relu else np.tanh(of_x[0] + of_h[0])
        shown.append(h)
    return np.stack(shown, axis=1)


CASES = [("LSTM", 1, False, True), ("LSTM", 2, True, True), ("GRU", 2, True, True), ("GRU", 1, False, False)]
CASES += [("RNN", 2, False, True), ("RNN", 1, True, False), ("LSTM", 1, True, False)]
CASES += [("LSTMP", 2, True, True), ("LSTMP", 1, False, False)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "layers", "both", "bias"), CASES)
def test_layers_of_pytorch_show_the_same_here(kind, layers, both, bias):
    state = torch_state(kind, layers, both, bias)
    layer = from_torch(state, nonlinearity="relu" if both else "tanh")
    assert isinstance(layer, Stack if layers > 1 else Bidirectional if both else Recurrent)
    close(layer(X), torch_equations(kind, state, X, relu=both))
    back = to_torch(layer)
    assert {name: array.shape for name, array in back.items()} == {name: array.shape for name, array in state.items()}
    close(torch_equations(kind, back, X, relu=both), torch_equations(kind, state, X, relu=both))
    same(to_torch(from_torch(back)), back)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")  # it takes another of its ways
@pytest.mark.parametrize(("kind", "layers", "both", "bias"), CASES)
def test_pytorch_itself_shows_the_same(kind, layers, both, bias):
    torch: Any = pytest.importorskip("torch")
    rest = {"nonlinearity": "relu"} if kind == "RNN" else {}
    rest |= {"proj_size": SHOWN[kind]} if kind in SHOWN else {}
    make = getattr(torch.nn, kind.removesuffix("P"))
    theirs = make(INPUTS, UNITS, layers, bias=bias, bidirectional=both, batch_first=True, **rest)
    layer = from_torch({f"my.{name}": array for name, array in theirs.state_dict().items()}, "my.", "relu")
    wanted = theirs(torch.tensor(X))[0].detach().numpy()
    close(layer(X), wanted)
    theirs.load_state_dict({name: torch.tensor(array) for name, array in to_torch(layer).items()})
    close(theirs(torch.tensor(X))[0].detach().numpy(), wanted)


# Keras: its documented equations.


def keras_weights(kind: str, bias: bool, after: bool = True) -> list[np.ndarray]:
    columns = GATES[kind] * UNITS
    biases = [draw(2, columns) if kind == "GRU" and after else draw(columns)] if bias else []
    return [draw(INPUTS, columns), draw(UNITS, columns), *biases]


def keras_equations(kind: str, weights: list[np.ndarray], x: np.ndarray, after: bool = True) -> np.ndarray:
    """Outputs of `LSTM`, `GRU` (gates in the order z, r, h) and `SimpleRNN` as Keras' documentation has them."""
    kernel, recurrent, *rest = (w.astype(float) for w in weights)
    bias = rest[0] if rest else np.zeros(kernel.shape[1])
    of_input, of_hidden = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    h = state = np.zeros((len(x), UNITS))
    shown = []
    for t in range(x.shape[1]):
        a = np.split(x[:, t] @ kernel + of_input, GATES[kind], axis=1)
        b = np.split(h @ recurrent + of_hidden, GATES[kind], axis=1)
        if kind == "LSTM":
            i, f, c, o = (p + q for p, q in zip(a, b, strict=True))
            state = sigmoid(f) * state + sigmoid(i) * np.tanh(c)
            h = sigmoid(o) * np.tanh(state)
        elif kind == "GRU":
            z, r = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
            inner = r * b[2] if after else (r * h) @ recurrent[:, 2 * UNITS :]
            h = z * h + (1 - z) * np.tanh(a[2] + inner)
        else:
            h = np.tanh(a[0] + b[0])
        shown.append(h)
    return np.stack(shown, axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("kind", "after"), [("LSTM", True), ("GRU", True), ("GRU", False), ("RNN", True)])
def test_layers_of_keras_show_the_same_here(kind, after, bias):
    weights = keras_weights(kind, bias, after)
    layer = from_keras(weights, reset_after=after)
    assert isinstance(layer, Recurrent)
    close(layer(X), keras_equations(kind, weights, X, after))
    back = to_keras(layer)
    assert [w.shape for w in back] == [w.shape for w in weights]
    close(keras_equations(kind, back, X, after), keras_equations(kind, weights, X, after))
    same(to_keras(from_keras(back, reset_after=after)), back)


@pytest.mark.slow
def test_a_bidirectional_layer_of_keras_has_the_weights_of_both_directions():
    forward, backward = keras_weights("GRU", True), keras_weights("GRU", True)
    layer = from_keras([*forward, *backward])
    assert isinstance(layer, Bidirectional)
    both = keras_equations("GRU", forward, X), keras_equations("GRU", backward, X[:, ::-1])[:, ::-1]
    close(layer(X), np.concatenate(both, axis=-1))
    back = to_keras(layer)
    close(keras_equations("GRU", back[:3], X), keras_equations("GRU", forward, X))
    close(keras_equations("GRU", back[3:], X), keras_equations("GRU", backward, X))


# Flax: its own cells.


def drawn(params: Any) -> Any:
    """Other numbers in the same places: Flax starts with biases of zero."""
    return jax.tree.map(lambda w: jnp.asarray(draw(*w.shape)), params)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["LSTMCell", "OptimizedLSTMCell", "GRUCell", "SimpleCell"])
def test_cells_of_linen_show_the_same_here(kind):
    rnn = nn.RNN(getattr(nn, kind)(UNITS))
    params = drawn(rnn.init(jax.random.key(0), X)["params"]["cell"])
    layer = from_flax(params)
    shown: Any = rnn.apply({"params": {"cell": params}}, X)
    close(layer(X), shown)
    same(to_flax(layer, params), params)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["LSTMCell", "OptimizedLSTMCell", "GRUCell", "SimpleCell"])
def test_cells_of_nnx_show_the_same_here(kind):
    cell = getattr(nnx, kind)(INPUTS, UNITS, rngs=nnx.Rngs(0))
    params = drawn(nnx.to_pure_dict(nnx.state(cell, nnx.Param)))
    nnx.update(cell, params)
    layer = from_flax(params)
    theirs: Any = nnx.RNN(cell)
    close(layer(X), theirs(X))
    same(to_flax(layer, params), params)
    other = Recurrent(layer.cell, rngs=nnx.Rngs(1))
    nnx.update(cell, to_flax(other, params))
    close(other(X), theirs(X))


# What does not fit.


def without(state: dict, *names: str) -> dict:
    return {name: array for name, array in state.items() if name not in names}


STATE = {name: np.zeros(array.shape) for name, array in torch_state("LSTM", 2, True, True).items()}
KERAS = [np.zeros(array.shape) for array in keras_weights("GRU", True)]
FLAX = {name: {"kernel": np.zeros((2, 8))} for name in ("dense_i", "dense_h")}


@pytest.mark.parametrize(
    ("convert", "wanted"),
    [
        (lambda: from_torch({}), "weight_ih_l0 is missing."),
        (lambda: from_torch({}, "lstm."), "lstm.weight_ih_l0 is missing."),
        (lambda: from_torch(without(STATE, "weight_hh_l1_reverse")), "weight_hh_l1_reverse is missing."),
        (lambda: from_torch(without(STATE, "bias_hh_l0")), "bias_hh_l0 is missing."),
        (lambda: from_torch(without(STATE, "bias_ih_l0")), "bias_hh_l0 is one too many."),
        (
            lambda: from_torch(STATE | {"weight_hr_l0": np.zeros((1, 2))}),
            "weight_hh_l0 has the shape (8, 2): it should have (8, 1).",
        ),
        (lambda: from_torch(STATE | {"other": np.zeros(1)}), "other is no entry of nn.LSTM, nn.GRU or nn.RNN."),
        (
            lambda: to_keras(Recurrent(LSTMP(3, 2), rngs=nnx.Rngs(0))),
            f"cell is {LSTMP(3, 2)}: Keras has no such layer.",
        ),
        (
            lambda: from_torch(STATE | {"weight_hh_l0": np.zeros((4, 8))}),
            "weight_hh_l0 has the shape (4, 8): it should be as (32, 8), (24, 8), (8, 8).",
        ),
        (
            lambda: from_torch(STATE | {"weight_ih_l1": np.zeros((8, 3))}),
            "weight_ih_l1 has the shape (8, 3): it should have (8, 4).",
        ),
        (
            lambda: from_torch(STATE | {"bias_ih_l0": np.zeros(2)}),
            "bias_ih_l0 has the shape (2,): it should have (8,).",
        ),
        (
            lambda: from_keras(KERAS[:1]),
            "weights are 1 arrays: they should be 2 or 3, or twice as many of both directions.",
        ),
        (
            lambda: from_keras([np.zeros((3, 5)), *KERAS[1:]]),
            "weights[0], the kernel has the shape (3, 5): it should have (any, 6).",
        ),
        (
            lambda: from_keras([*KERAS, *KERAS[:2], np.zeros((3, 6))]),
            "weights[5], the bias has the shape (3, 6): it should have (2, 6).",
        ),
        (
            lambda: from_keras([KERAS[0], np.zeros(6)]),
            "weights[1], the recurrent kernel has the shape (6,): it should be as (1, 4), (1, 3), (1, 1).",
        ),
        (
            lambda: from_flax({"dense": FLAX["dense_i"]}),
            "params have the entries dense: those of LSTMCell, OptimizedLSTMCell, GRUCell and SimpleCell are dense_i "
            "and dense_h, or a matrix for each gate, as ii and hi.",
        ),
        (
            lambda: from_flax(FLAX | {"dense_i": {"kernel": np.zeros((2, 6))}}),
            "dense_i.kernel has the shape (2, 6): it should have (2, 8).",
        ),
        (
            lambda: to_flax(Recurrent(LSTM(3, 2), rngs=nnx.Rngs(0)), FLAX),
            "dense_i.kernel has the shape (3, 8): it should have (2, 8).",
        ),
        (
            lambda: to_flax(Recurrent(LSTM(2, 2), rngs=nnx.Rngs(0)), FLAX),
            "dense_h.bias is no entry of this cell of Flax: the layer's biases there are not zero.",
        ),
        (
            lambda: to_torch(Stack([Recurrent(LSTM(2, 2), rngs=nnx.Rngs(0)), Recurrent(GRU(2, 2), rngs=nnx.Rngs(0))])),
            "the layers differ in directions, cells or units: PyTorch has all alike.",
        ),
        (
            lambda: to_torch(Stack([Recurrent(LSTM(2, 2), rngs=nnx.Rngs(0))], residual=True)),
            "residual is True: PyTorch has no such layers.",
        ),
    ],
)
def test_what_does_not_fit_is_told_by_entry_and_shapes(convert, wanted):
    with pytest.raises(InputError) as error:
        convert()
    assert str(error.value) == wanted


@pytest.mark.parametrize("cell", [Peephole(2, 2), GRU(2, 2, "before"), Elman(2, 2), LSTM(2, 2, "identity")])
def test_cells_that_others_do_not_have_are_refused(cell):
    with pytest.raises(InputError, match="PyTorch has no such layer"):
        to_torch(Recurrent(cell, rngs=nnx.Rngs(0)))


@pytest.mark.parametrize("settings", [{"zoneout": 0.1}, {"learned_carry": True}])
def test_what_others_would_lose_is_refused(settings):
    layer = Recurrent(LSTM(3, 4), rngs=nnx.Rngs(0), **settings)
    with pytest.raises(InputError, match="a layer has a learned carry or zoneout: PyTorch has no such layer"):
        to_torch(layer)
    assert to_torch(Recurrent(LSTM(3, 4), dropout=0.1, rngs=nnx.Rngs(0))).keys() == {
        f"{kind}_{source}_l0" for kind in ("weight", "bias") for source in ("ih", "hh")
    }


def test_a_layer_takes_weights_of_its_cell_alone():
    weights = LSTM(3, 2).init(jax.random.key(0), jnp.float32(1))
    layer = Recurrent(LSTM(3, 2), weights=weights)
    same(layer.stored, weights)
    with pytest.raises(InputError, match=r"weights: input_gate.input has the shape \(2, 3\): it should have \(2, 4\)"):
        Recurrent(LSTM(4, 2), weights=weights)
    with pytest.raises(InputError, match=r"rngs is None: it should be nnx.Rngs, or there should be weights"):
        Recurrent(LSTM(4, 2))
