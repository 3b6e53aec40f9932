"""Cells by name, and how a configuration names one."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from lstm_jax.cells import own
from lstm_jax.cells.carrousel import Carrousel
from lstm_jax.cells.coupled import Coupled
from lstm_jax.cells.elman import Elman
from lstm_jax.cells.forget_gate import ForgetGates, StateDecay
from lstm_jax.cells.gru import GRU
from lstm_jax.cells.layer_norm import LayerNormGRU, LayerNormLSTM
from lstm_jax.cells.lru import LRU
from lstm_jax.cells.lstm import LSTM
from lstm_jax.cells.lstmp import LSTMP
from lstm_jax.cells.mapped import Functions
from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.cells.min_gru import MinGRU
from lstm_jax.cells.min_lstm import MinLSTM
from lstm_jax.cells.mlstm import MLSTM
from lstm_jax.cells.output_feedback import OutputFeedback
from lstm_jax.cells.peephole import Peephole
from lstm_jax.cells.protocol import Cell
from lstm_jax.cells.selective import Selective
from lstm_jax.cells.slstm import SLSTM
from lstm_jax.cells.stacked import Residual, Stacked
from lstm_jax.cells.time_delay import TimeDelay
from lstm_jax.configuration import build, freeze, imported, named
from lstm_jax.errors import InputError, unknown
from lstm_jax.own_code import using

CELLS: dict[str, type] = {
    "memory_blocks": MemoryBlocks,
    "forget_gates": ForgetGates,
    "state_decay": StateDecay,
    "lstm": LSTM,
    "peephole": Peephole,
    "coupled": Coupled,
    "gru": GRU,
    "lstmp": LSTMP,
    "layer_norm_lstm": LayerNormLSTM,
    "layer_norm_gru": LayerNormGRU,
    "slstm": SLSTM,
    "mlstm": MLSTM,
    "lru": LRU,
    "min_gru": MinGRU,
    "min_lstm": MinLSTM,
    "selective": Selective,
    "elman": Elman,
    "carrousel": Carrousel,
    "time_delay": TimeDelay,
    "output_feedback": OutputFeedback,
}
"""Cells by the names that configurations use."""

COMBINED: dict[str, type] = {"stacked": Stacked, "residual": Residual}
"""Cells that are made of other cells: {name: stacked, layers: [...]} and {name: residual, cell: ...}."""


def read_cell(node: Any, inputs: int, path: str = "network.cell") -> Cell:
    """Make the cell that a configuration node describes.

    >>> read_cell("gru", inputs=3).weight_count
    100
    >>> read_cell({"name": "stacked", "layers": [{"name": "gru"}, {"name": "lstm"}]}, inputs=3).outputs
    4

    Args:
        node: `name` and fields as plain values, or a name alone. The name is one of `CELLS` or `COMBINED`, or names
            something of the user's: module.Class, a `configuration` dataclass with the methods of `Cell`;
            module.step, see `Functions`; or module.Module, a recurrent cell of flax.nnx.
        inputs: size of the input vector, or of the alphabet.
        path: where the node stands in the configuration, for messages.

    Raises:
        InputError: the name is unknown, or a field is unknown, missing or not allowed.
    """
    if isinstance(node, str):
        node = {"name": node}
    if not isinstance(node, Mapping) or not isinstance(node.get("name"), str):
        raise InputError(f"{path} is {node!r}: it needs a name and the cell's fields.")
    name, fields = node["name"], {key: value for key, value in node.items() if key != "name"}
    if name == "stacked":
        return _stacked(fields, inputs, path)
    if name == "residual":
        if set(fields) != {"cell"}:
            raise InputError(f"{path} has the fields {', '.join(fields) or 'none'}: residual needs cell alone.")
        return build(Residual, {}, path, cell=read_cell(fields["cell"], inputs, f"{path}.cell"))
    if name in CELLS:
        return named(CELLS, node, path, inputs=inputs)
    if "." not in name:
        more = ", or module.Class or module.step of your own"
        raise unknown(f"{path}.name is {name!r}", name, (*CELLS, *COMBINED), more)
    return _of_the_user(name, fields, inputs, path)


def written(cell: Cell) -> dict[str, Any]:
    """The node of which `read_cell` makes this cell again, but for its number of inputs: plain values.

    >>> written(GRU(inputs=3, units=2))["units"]
    2
    """
    names = {cls: name for name, cls in (CELLS | COMBINED).items()}
    fields: Any = dataclasses.fields(cell)  # pyright: ignore[reportArgumentType]
    own = {field.name: _plain(getattr(cell, field.name)) for field in fields if field.name != "inputs"}
    return {"name": names.get(type(cell), f"{type(cell).__module__}.{type(cell).__qualname__}"), **own}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return written(value) if isinstance(value, Cell) else value


def _stacked(fields: Mapping[str, Any], inputs: int, path: str) -> Stacked:
    if set(fields) != {"layers"} or not isinstance(fields["layers"], list):
        raise InputError(f"{path} has the fields {', '.join(fields) or 'none'}: stacked needs layers, a list of cells.")
    layers: list[Cell] = []
    for i, layer in enumerate(fields["layers"]):
        layers.append(read_cell(layer, layers[-1].outputs if layers else inputs, f"{path}.layers[{i}]"))
    return build(Stacked, {}, path, layers=tuple(layers))


def _of_the_user(name: str, fields: Mapping[str, Any], inputs: int, path: str) -> Cell:
    found = imported(name, f"{path}.name")
    if dataclasses.is_dataclass(found):
        cell = named({}, {"name": name, **fields}, path, inputs=inputs)
        with using(f"{path}.name", name):
            if not isinstance(cell, Cell):
                raise InputError(f"{path}.name is {name!r}: it should have the methods of lstm_jax.cells.Cell.")
            own.check(cell)
        return cell
    settings = tuple((key, freeze(value)) for key, value in fields.items())
    if not isinstance(found, type) and callable(found):
        return build(Functions, {}, path, inputs=inputs, step_function=name, settings=settings)
    if isinstance(found, type) and any(base.__module__.startswith("flax.nnx") for base in found.__mro__):
        from lstm_jax.cells.nnx_cell import NNXCell  # Flax takes a second that nobody else need wait for

        return build(NNXCell, {}, path, inputs=inputs, cell=name, settings=settings)
    raise InputError(f"{path}.name is {name!r}: it should be a dataclass, a function or a cell of flax.nnx.")
