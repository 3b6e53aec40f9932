"""Weights of PyTorch's, Keras' and Flax's recurrent layers as layers of ours, and back.

All are mappings or lists of arrays, so that neither PyTorch nor Keras has to be there. Two biases that are added to
each other are one of ours; back again, the second is zero. What others keep outside their weights, such as an
activation, is said in the call. Layers keep the arrays' type, but for float64 where `jax_enable_x64` is off.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Literal, NamedTuple

import jax
import numpy as np

from lstm_jax.cells import GRU, LSTM, LSTMP, Cell, Elman
from lstm_jax.cells.gru import GRUWeights
from lstm_jax.cells.incoming import Incoming
from lstm_jax.cells.lstm import LSTMWeights
from lstm_jax.cells.lstmp import LSTMPWeights
from lstm_jax.errors import InputError
from lstm_jax.modules.layers import Bidirectional, Layers, Recurrent, Stack

Activation = Literal["tanh", "relu"]

ORDER = {
    4: ("input_gate", "forget_gate", "cell", "output_gate"),
    3: ("reset_gate", "update_gate", "candidate"),
    1: ("units",),
}
"""What PyTorch and Flax have side by side in a matrix of LSTM, GRU and simple units, by how many there are."""

ORDER_OF_KERAS = ORDER | {3: ("update_gate", "reset_gate", "candidate")}

LETTERS = {4: ("i", "f", "g", "o"), 3: ("r", "z", "n"), 1: ("",)}
"""What ends the names in Flax of matrices that do not lie side by side, in the order of `ORDER`."""


class Rows(NamedTuple):
    """All that leads into a layer, one row for each unit of each gate, gate below gate."""

    input: np.ndarray
    hidden: np.ndarray
    input_bias: np.ndarray | None
    hidden_bias: np.ndarray | None
    projection: np.ndarray | None = None
    """From the units of an LSTM to what is shown and re-enters; None for none."""


def from_torch(state: Mapping[str, Any], prefix: str = "", nonlinearity: Activation = "tanh") -> Layers:
    """The layers of an `nn.LSTM`, `nn.GRU` or `nn.RNN`, of any depth, in one direction or both.

    >>> ones = {"weight_ih_l0": np.ones((12, 2)), "weight_hh_l0": np.ones((12, 3))}
    >>> layer = from_torch(ones)
    >>> type(layer).__name__, layer.cell.inputs, layer.cell.units
    ('Recurrent', 2, 3)

    Args:
        state: `module.state_dict()`: arrays, or tensors on the CPU, by their names.
        prefix: begins the names of those that are meant, as in "encoder.lstm.".
        nonlinearity: of an `nn.RNN`; a state dict does not have it.

    Raises:
        InputError: an entry is missing, unknown or has a shape that does not fit.
    """
    own = {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}
    directions = ("", "_reverse") if "weight_ih_l0_reverse" in own else ("",)
    layers, known, inputs = [], set(), None
    for number in count():
        if number and f"weight_ih_l{number}" not in own:
            break
        both = []
        for end in directions:
            kinds = "weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"
            names = [f"{name}_l{number}{end}" for name in kinds]
            known.update(names)
            both.append(_imported(_rows_of_torch(own, names, prefix, inputs), ORDER, squashing=nonlinearity))
        inputs = len(directions) * both[0][0].outputs
        layers.append(_layer(both))
    for name in own.keys() - known:
        raise InputError(f"{prefix}{name} is no entry of nn.LSTM, nn.GRU or nn.RNN.")
    return layers[0] if len(layers) == 1 else Stack(layers)


def to_torch(layer: Layers) -> dict[str, np.ndarray]:
    """The state dict of the layers in PyTorch: undoes `from_torch`.

    `module.load_state_dict({name: torch.tensor(array) for name, array in to_torch(layer).items()})`

    Raises:
        InputError: PyTorch has no such layers.
    """
    state = {}
    for number, (forward, *backward) in enumerate(_directions(layer, "PyTorch")):
        for end, each in zip(("", "_reverse"), (forward, *backward), strict=False):
            rows = _exported(each, ORDER, "PyTorch", projected=True)
            state |= {f"weight_ih_l{number}{end}": rows.input, f"weight_hh_l{number}{end}": rows.hidden}
            if rows.input_bias is not None:
                state |= {f"bias_ih_l{number}{end}": rows.input_bias, f"bias_hh_l{number}{end}": rows.hidden_bias}
            if rows.projection is not None:
                state[f"weight_hr_l{number}{end}"] = rows.projection
    return state


def from_keras(
    weights: Sequence[Any], activation: Activation = "tanh", reset_after: bool = True
) -> Recurrent | Bidirectional:
    """The layer of Keras' `LSTM`, `GRU` or `SimpleRNN`, or of a `Bidirectional` one.

    Args:
        weights: `layer.get_weights()`: kernel, recurrent kernel and, where it has them, biases, of each direction.
        activation: of a `SimpleRNN`.
        reset_after: of a `GRU` without biases; the shape of biases says it.

    Raises:
        InputError: there are too few or too many arrays, or one has a shape that does not fit.
    """
    if len(weights) not in (2, 3, 4, 6):
        raise InputError(
            f"weights are {len(weights)} arrays: they should be 2 or 3, or twice as many of both directions."
        )
    half = len(weights) // 2 if len(weights) > 3 else len(weights)
    both = []
    for first in range(0, len(weights), half):
        rows, after = _rows_of_keras(weights[first : first + half], first, reset_after)
        both.append(_imported(rows, ORDER_OF_KERAS, "after" if after else "before", activation))
    return _layer(both)


def to_keras(layer: Recurrent | Bidirectional) -> list[np.ndarray]:
    """The arrays that `layer.set_weights` of Keras takes: undoes `from_keras`.

    Raises:
        InputError: Keras has no such layer.
    """
    (directions,) = _directions(Stack([layer]), "Keras")
    weights = []
    for each in directions:
        rows = _exported(each, ORDER_OF_KERAS, "Keras", resets=("after", "before"))
        weights += [rows.input.T, rows.hidden.T]
        if rows.input_bias is not None:
            two = isinstance(each.cell, GRU) and each.cell.at_once
            weights.append(np.stack([rows.input_bias, rows.hidden_bias]) if two else rows.input_bias)
    return weights


def from_flax(params: Mapping[str, Any], activation: Activation = "tanh") -> Recurrent:
    """The layer of a cell of Flax: `LSTMCell`, `OptimizedLSTMCell`, `GRUCell` or `SimpleCell`, of linen or nnx.

    Args:
        params: `variables["params"]` of linen, or `nnx.to_pure_dict(nnx.state(cell, nnx.Param))`; of an RNN, what it
            has under "cell".
        activation: of a `SimpleCell`.

    Raises:
        InputError: these are parameters of another cell, or an array has a shape that does not fit.
    """
    cell, weights = _imported(_rows_of_flax(params), ORDER, squashing=activation)
    return Recurrent(cell, weights=weights, param_dtype=_type_of(weights))


def to_flax(layer: Recurrent, like: Mapping[str, Any]) -> dict[str, dict[str, np.ndarray]]:
    """The parameters of a cell in Flax: undoes `from_flax`.

    Args:
        layer: which of ours.
        like: parameters of the Flax cell that are replaced, as `from_flax` takes them: they say how they are named.

    Raises:
        InputError: Flax has no such cell, or this one has other sizes, or no place for a bias that is not zero.
    """
    rows, names = _exported(layer, ORDER, "Flax"), _entries_of_flax(like)
    _rows_of_flax(like)
    zero = np.zeros(len(rows.hidden), rows.hidden.dtype)
    biases = [zero if bias is None else bias for bias in rows[2:4]]
    if not any("bias" in like[name] for name in names[0]):
        biases = [zero, biases[0] + biases[1]]
    made = {}
    for own, matrix, bias in zip(names, rows[:2], biases, strict=True):
        parts = (np.split(array, len(own)) for array in (matrix, bias))
        for name, part, its_bias in zip(own, *parts, strict=True):
            made[name] = {"kernel": _of_shape(f"{name}.kernel", part.T, *np.shape(like[name]["kernel"]))}
            if "bias" in like[name]:
                made[name]["bias"] = its_bias
            elif np.any(its_bias):
                raise InputError(
                    f"{name}.bias is no entry of this cell of Flax: the layer's biases there are not zero."
                )
    return made


def _layer(directions: Sequence[tuple[Cell, Any]]) -> Recurrent | Bidirectional:
    cells, weights = zip(*directions, strict=True)
    if len(cells) == 1:
        return Recurrent(*cells, weights=weights[0], param_dtype=_type_of(weights))
    return Bidirectional(*cells, weights=weights, param_dtype=_type_of(weights))


def _type_of(weights: Any) -> Any:
    return jax.dtypes.canonicalize_dtype(jax.tree.leaves(weights)[0].dtype)


def _directions(layer: Layers, library: str) -> list[tuple[Recurrent, ...]]:
    """The layers from the inputs up, each as its one or two directions."""
    layers: list[Any] = list(layer.layers) if isinstance(layer, Stack) else [layer]
    for each in layers:
        if not isinstance(each, Recurrent | Bidirectional):
            raise InputError(f"a layer is of the type {type(each).__name__}: {library} has no such layer.")
    found = [(each.forward, each.backward) if isinstance(each, Bidirectional) else (each,) for each in layers]
    if isinstance(layer, Stack) and layer.residual:
        raise InputError(f"residual is True: {library} has no such layers.")
    if len({(len(own), type(own[0].cell), own[0].cell.outputs) for own in found}) > 1:
        raise InputError(f"the layers differ in directions, cells or units: {library} has all alike.")
    return found


def _imported(
    rows: Rows,
    order: Mapping[int, tuple[str, ...]],
    reset: Literal["after", "before"] = "after",
    squashing: Activation = "tanh",
) -> tuple[Cell, Any]:
    """A cell of ours and its weights."""
    units, inputs = (rows.hidden if rows.projection is None else rows.projection).shape[1], rows.input.shape[1]
    names, parts = order[len(rows.hidden) // units], rows[:4]
    of_gates = zip(
        *([None] * len(names) if part is None else np.split(part, len(names)) for part in parts), strict=True
    )
    groups = dict(zip(names, of_gates, strict=True))
    made: dict[str, Any] = {name: _incoming(w, u, _sum(b, c)) for name, (w, u, b, c) in groups.items()}
    if len(names) == 1:
        (weights,) = made.values()
        return Elman(inputs, units, squashing, bias="none" if weights.bias is None else "random"), weights
    if rows.projection is not None:
        cell = LSTMP(inputs, units, projection=len(rows.projection), **_biases(made))
        return cell, LSTMPWeights(**made, projection=_incoming(None, rows.projection, None))
    if len(names) == 4:
        return LSTM(inputs, units, **_biases(made)), LSTMWeights(**made)
    if reset == "before":
        return GRU(inputs, units, reset, **_biases(made)), GRUWeights(**made, recurrent_candidate=None)
    w, u, b, c = groups["candidate"]
    made |= {"candidate": _incoming(w, None, b), "recurrent_candidate": _incoming(None, u, c)}
    return GRU(inputs, units, reset, **_biases(made)), GRUWeights(**made)


def _incoming(*matrices: Any) -> Incoming:
    return Incoming(*matrices)


def _biases(groups: Mapping[str, Incoming]) -> dict[str, Any]:
    return {f"{name}_bias": "none" if w.bias is None else "random" for name, w in groups.items()}


def _sum(first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray | None:
    given = [bias for bias in (first, second) if bias is not None]
    return sum(given[1:], given[0]) if given else None


def _exported(
    layer: Recurrent,
    order: Mapping[int, tuple[str, ...]],
    library: str,
    resets: tuple[str, ...] = ("after",),
    projected: bool = False,
) -> Rows:
    """What leads into a layer, each gate's one bias that of the inputs; no biases if no gate has any."""
    if layer.start is not None or (layer.noise is not None and layer.noise.zoneout):
        raise InputError(f"a layer has a learned carry or zoneout: {library} has no such layer.")
    cell: Any = layer.cell
    weights = jax.tree.map(np.asarray, layer.stored)
    kinds = {LSTM: 4, GRU: 3, Elman: 1} | ({LSTMP: 4} if projected else {})
    if type(cell) not in kinds or not _is_usual(cell, resets):
        raise InputError(f"cell is {cell}: {library} has no such layer.")
    made = {"units": weights} if isinstance(weights, Incoming) else weights._asdict()
    names, projection = order[kinds[type(cell)]], made.pop("projection", None)
    after = made.get("recurrent_candidate")
    own = [after if after is not None and name == "candidate" else made[name] for name in names]
    zero = np.zeros(cell.units, jax.tree.leaves(weights)[0].dtype)
    biased = any(w is not None and w.bias is not None for w in made.values())
    first = [zero if made[name].bias is None else made[name].bias for name in names]
    second = [w.bias if w is after and w is not None and w.bias is not None else zero for w in own]
    return Rows(
        np.concatenate([made[name].input for name in names]),
        np.concatenate([w.hidden for w in own]),
        np.concatenate(first) if biased else None,
        np.concatenate(second) if biased else None,
        None if projection is None else np.asarray(projection.hidden),
    )


def _is_usual(cell: Any, resets: tuple[str, ...]) -> bool:
    """Whether a cell squashes as those of other libraries do."""
    if isinstance(cell, GRU):
        return cell.reset in resets
    if isinstance(cell, LSTM):
        return cell.cell_input_squashing == cell.cell_output_squashing == "tanh"
    return cell.squashing in ("tanh", "relu") and cell.recurrence


def _rows_of_torch(state: Mapping[str, Any], names: Sequence[str], prefix: str, inputs: int | None) -> Rows:
    for name in names[:2]:
        if name not in state:
            raise InputError(f"{prefix}{name} is missing.")
    hidden, projection = np.asarray(state[names[1]]), None
    if names[4] not in state:
        rows, _ = _gates(prefix + names[1], hidden, 1)
    else:
        projection = _of_shape(prefix + names[4], state[names[4]], None, None)
        rows = 4 * projection.shape[1]
        hidden = _of_shape(prefix + names[1], hidden, rows, len(projection))
    biases: list[Any] = []
    for name in names[2:4]:
        if (name in state) != (names[2] in state):
            raise InputError(f"{prefix}{name} is {'one too many' if name in state else 'missing'}.")
        biases.append(_of_shape(prefix + name, state[name], rows) if name in state else None)
    of_inputs = _of_shape(prefix + names[0], state[names[0]], rows, inputs)
    return Rows(of_inputs, hidden, biases[0], biases[1], projection)


def _rows_of_keras(weights: Sequence[Any], first: int, reset_after: bool) -> tuple[Rows, bool]:
    names = [f"weights[{first + i}], the {what}" for i, what in enumerate(("kernel", "recurrent kernel", "bias"))]
    hidden = np.asarray(weights[1])
    columns, units = _gates(names[1], hidden, 0)
    kernel = _of_shape(names[0], weights[0], None, columns)
    if len(weights) == 2:
        return Rows(kernel.T, hidden.T, None, None), reset_after
    if columns == 3 * units and np.ndim(weights[2]) == 2:
        return Rows(kernel.T, hidden.T, *_of_shape(names[2], weights[2], 2, columns)), True
    return Rows(kernel.T, hidden.T, _of_shape(names[2], weights[2], columns), None), False


def _entries_of_flax(params: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The names of what leads from the inputs and from the previous step, in the order of `ORDER`."""
    candidates = [(["dense_i"], ["dense_h"])]
    for letters in LETTERS.values():
        inputs = [f"i{letter}_" if f"i{letter}_" in params else f"i{letter}" for letter in letters]
        candidates.append((inputs, [f"h{letter}" for letter in letters]))
    for inputs, hidden in candidates:
        if params.keys() == {*inputs, *hidden}:
            return inputs, hidden
    raise InputError(
        f"params have the entries {', '.join(params)}: those of LSTMCell, OptimizedLSTMCell, GRUCell and SimpleCell "
        "are dense_i and dense_h, or a matrix for each gate, as ii and hi."
    )


def _rows_of_flax(params: Mapping[str, Any]) -> Rows:
    inputs, hidden = _entries_of_flax(params)
    columns, units = _gates(f"{hidden[0]}.kernel", np.asarray(params[hidden[0]]["kernel"]), 0)
    if len(hidden) > 1 and columns != units:
        raise InputError(f"{hidden[0]}.kernel has the shape {(units, columns)}: it should have {(units, units)}.")
    sources = np.shape(params[inputs[0]]["kernel"])[:1]
    matrices, biases = [], []
    for names, wanted in ((inputs, sources[0] if sources else None), (hidden, units)):
        kernels = [_of_shape(f"{name}.kernel", params[name]["kernel"], wanted, columns) for name in names]
        own = [
            _of_shape(f"{name}.bias", params[name]["bias"], columns) if "bias" in params[name] else None
            for name in names
        ]
        matrices.append(np.concatenate(kernels, axis=1).T)
        zero = np.zeros(columns, kernels[0].dtype)
        there = any(bias is not None for bias in own)
        biases.append(np.concatenate([zero if bias is None else bias for bias in own]) if there else None)
    return Rows(*matrices, *biases)


def _gates(name: str, matrix: np.ndarray, axis: int) -> tuple[int, int]:
    """How many units of all gates a recurrent matrix leads to, and how many units it leads from, along an axis."""
    units = matrix.shape[axis] if matrix.ndim == 2 else 0
    if not units or matrix.shape[1 - axis] not in (gates * units for gates in ORDER):
        shapes = ((gates * max(units, 1), max(units, 1))[:: 1 if axis else -1] for gates in ORDER)
        raise InputError(f"{name} has the shape {matrix.shape}: it should be as {', '.join(map(str, shapes))}.")
    return matrix.shape[1 - axis], units


def _of_shape(name: str, array: Any, *shape: int | None) -> np.ndarray:
    array = np.asarray(array)
    if array.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("any" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "")
        raise InputError(f"{name} has the shape {array.shape}: it should have ({wanted}).")
    return array
