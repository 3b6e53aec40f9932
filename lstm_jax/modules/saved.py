"""Layers as safetensors files, with their configuration in the header."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from lstm_jax.cells import read_cell, written
from lstm_jax.errors import InputError
from lstm_jax.modules.layers import Bidirectional, Layers, Recurrent, Stack
from lstm_jax.safetensors import decoded, encoded
from lstm_jax.trees import by_name, filled

LAYERS = "Recurrent, Bidirectional or a Stack of those"

SETTINGS = ("reverse", "checkpoint_every", "chunk_size", "symbols", "time_major", "dtype")
"""What a layer has besides its cell, its weights and what is random in training."""

RATES = ("dropout", "recurrent_dropout", "zoneout")
"""What is random in training: of layers that have some."""

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


def load(path: str | Path, rngs: nnx.Rngs | None = None) -> Layers:
    """The layer that `save` wrote into a file.

    Args:
        path: of the file.
        rngs: what is random in training (dropout, zoneout) is drawn with; without it the layer is as after training.

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
    return make(filled(blank, arrays, f"{path}: "), rngs)


def _written(layer: Any) -> tuple[dict[str, Any], Any]:
    """The configuration as plain values, and the weights."""
    if isinstance(layer, Stack):
        nodes, weights = zip(*map(_written, layer.layers), strict=True)
        rate = 0.0 if layer.dropout is None else layer.dropout.rate
        return {"layers": nodes, "residual": layer.residual, "dropout": rate}, weights
    if not isinstance(layer, Recurrent | Bidirectional):
        raise InputError(f"layer is of the type {type(layer).__name__}: it should be {LAYERS}.")
    own = (layer.forward, layer.backward) if isinstance(layer, Bidirectional) else (layer,)
    settings: dict[str, Any] = {name: getattr(own[0], name) for name in SETTINGS}
    settings["dtype"] = None if settings["dtype"] is None else jnp.dtype(settings["dtype"]).name
    settings |= {} if own[0].noise is None else dict(zip(RATES, own[0].noise.rates, strict=True))
    cells = [{"inputs": each.cell.inputs, **written(each.cell)} for each in own]
    starts = [[param[...] for param in each.start] for each in own if each.start is not None]
    return {"cells": cells, "learned_carry": bool(starts), **settings}, (*(each.stored for each in own), *starts)


def _read(node: Mapping[str, Any]) -> tuple[Any, Callable[[Any, Any], Layers]]:
    """The structure of the weights, and what makes the layer of them."""
    if "layers" in node:
        blanks, makers = zip(*map(_read, node["layers"]), strict=True)
        return blanks, lambda weights, rngs: Stack(
            [make(own, rngs) for make, own in zip(makers, weights, strict=True)],
            residual=node["residual"],
            dropout=node.get("dropout", 0.0),
            rngs=rngs,
        )
    fields = [dict(cell) for cell in node["cells"]]
    cells = [read_cell(own, own.pop("inputs"), "cell") for own in fields]
    settings = {name: node[name] for name in (*SETTINGS, *RATES) if name in node}
    learned = node.get("learned_carry", False)

    def make(weights: Any, rngs: nnx.Rngs | None) -> Layers:
        weights, starts = weights[: len(cells)], weights[len(cells) :]
        kind = jax.tree.leaves(weights)[0].dtype
        given = {"param_dtype": kind, "learned_carry": learned, "rngs": rngs, **settings}
        if len(cells) == 1:
            layer = Recurrent(cells[0], weights=weights[0], **given)
        else:
            del given["reverse"]
            layer = Bidirectional(*cells, weights=weights, **given)
        own = (layer.forward, layer.backward) if isinstance(layer, Bidirectional) else (layer,)
        for each, start in zip(own, starts, strict=False):
            each.start = nnx.List([nnx.Param(jnp.asarray(leaf)) for leaf in start])
        return layer

    blanks = [jax.eval_shape(lambda c=c: c.init(jax.random.key(0), jnp.float32(1))) for c in cells]
    starts = [
        jax.tree.leaves(jax.eval_shape(lambda c=c: c.initial_carry((), jnp.dtype("float32")))) for c in cells if learned
    ]
    return (*blanks, *starts), make
