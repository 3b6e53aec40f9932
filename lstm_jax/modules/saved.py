"""Layers as safetensors files, with their configuration in the header."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lstm_jax.cells import read_cell, written
from lstm_jax.errors import InputError
from lstm_jax.modules.layers import Bidirectional, Layers, Recurrent, Stack
from lstm_jax.safetensors import decoded, encoded
from lstm_jax.trees import by_name, filled

LAYERS = "Recurrent, Bidirectional or a Stack of those"

SETTINGS = ("reverse", "checkpoint_every", "chunk_size", "symbols", "time_major", "dtype")
"""What a layer has besides its cell and its weights."""

CONFIGURATION = "layer"
"""Under this name the configuration stands in a file's metadata."""


def save(layer: Layers, path: str | Path) -> None:
    """Write a layer's weights and configuration into one file, which other programs can read, too.

    Args:
        layer: of cells of ours, or of yours that can be imported.
        path: of the file, as in "encoder.safetensors".

    Raises:
        InputError: it is a layer of another kind.
    """
    node, weights = _written(layer)
    arrays = {name: np.asarray(w) for name, w in by_name(weights).items()}
    Path(path).write_bytes(encoded(arrays, {CONFIGURATION: json.dumps(node)}))


def load(path: str | Path) -> Layers:
    """The layer that `save` wrote into a file.

    Raises:
        InputError: the file is missing, damaged or of another program.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"path is {str(path)!r}: there is no such file.")
    arrays, metadata = decoded(path.read_bytes(), path)
    try:
        node = json.loads(metadata[CONFIGURATION])
        blank, make = _read(node)
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(f"{path} holds no layer of lstm_jax.modules ({type(error).__name__}).") from None
    return make(filled(blank, arrays, f"{path}: "))


def _written(layer: Any) -> tuple[dict[str, Any], Any]:
    """The configuration as plain values, and the weights."""
    if isinstance(layer, Stack):
        nodes, weights = zip(*map(_written, layer.layers), strict=True)
        return {"layers": nodes, "residual": layer.residual}, weights
    if not isinstance(layer, Recurrent | Bidirectional):
        raise InputError(f"layer is of the type {type(layer).__name__}: it should be {LAYERS}.")
    own = (layer.forward, layer.backward) if isinstance(layer, Bidirectional) else (layer,)
    settings: dict[str, Any] = {name: getattr(own[0], name) for name in SETTINGS}
    settings["dtype"] = None if settings["dtype"] is None else jnp.dtype(settings["dtype"]).name
    cells = [{"inputs": each.cell.inputs, **written(each.cell)} for each in own]
    return {"cells": cells, **settings}, tuple(each.stored for each in own)


def _read(node: Mapping[str, Any]) -> tuple[Any, Callable[[Any], Layers]]:
    """The structure of the weights, and what makes the layer of them."""
    if "layers" in node:
        blanks, makers = zip(*map(_read, node["layers"]), strict=True)
        return blanks, lambda weights: Stack(
            [make(own) for make, own in zip(makers, weights, strict=True)], residual=node["residual"]
        )
    fields = [dict(cell) for cell in node["cells"]]
    cells = [read_cell(own, own.pop("inputs"), "cell") for own in fields]
    settings = {name: node[name] for name in SETTINGS if name in node}

    def make(weights: Any) -> Layers:
        kind = jax.tree.leaves(weights)[0].dtype
        if len(cells) == 1:
            return Recurrent(cells[0], weights=weights[0], param_dtype=kind, **settings)
        shared = {name: value for name, value in settings.items() if name != "reverse"}
        return Bidirectional(*cells, weights=weights, param_dtype=kind, **shared)

    return tuple(jax.eval_shape(lambda c=c: c.init(jax.random.key(0), jnp.float32(1))) for c in cells), make
