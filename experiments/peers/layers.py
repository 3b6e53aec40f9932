"""A layer of LSTM cells at the sizes ordinary users have: ours beside Flax's and PyTorch's, outputs or gradient.

Everybody gets `[batch, time, features]`. A row names the layer: "256 forward" shows sequences to 256 units with as many
inputs, "256 training" takes the gradient of the outputs' sum of squares by all weights.
"""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from lstm_jax.report.columns import Column

from .training import Contestant

STEPS = 256
UNITS = (64, 256, 1024)
BATCHES = (1, 32, 128)
PASSES = ("forward", "training")
ROWS = tuple(f"{units} {passes}" for units in UNITS for passes in PASSES)
CONTENDERS = {"layer_ours": "lstm_jax", "layer_flax": "Flax", "layer_torch": "PyTorch"}

KEEPING = {"everything": None, "every 16th carry": 16, "every 64th carry": 64}
"""What is kept for the way back, and `checkpoint_every`."""
MEMORY_STEPS = (64, 256, 1024, 4096)


def begin(contender: str, row: str, batch: int) -> Contestant:
    """One layer, to be run over one batch of sequences again and again."""
    units, passes = row.split()
    make = {"layer_ours": _ours, "layer_flax": _flax, "layer_torch": _torch}[contender]
    once, weights = make(int(units), batch, passes == "training")

    def advance(_, times: int):
        result = 0.0
        for _ in range(times):
            result = once()
        return None, float(result)

    return Contestant(None, advance, weights)


def _ours(units: int, batch: int, training: bool) -> tuple[Callable[[], Any], int]:
    import jax
    from flax import nnx

    from lstm_jax.cells import LSTM
    from lstm_jax.modules import Recurrent

    layer = Recurrent(LSTM(units, units), rngs=nnx.Rngs(0))
    return _compiled(layer, units, batch, training), sum(w.size for w in jax.tree.leaves(layer.weights))


def _flax(units: int, batch: int, training: bool) -> tuple[Callable[[], Any], int]:
    import jax
    from flax import nnx

    layer = nnx.RNN(nnx.OptimizedLSTMCell(units, units, rngs=nnx.Rngs(0)))
    weights = sum(w.size for w in jax.tree.leaves(nnx.state(layer, nnx.Param)))
    return _compiled(layer, units, batch, training), weights


def _compiled(layer, units: int, batch: int, training: bool) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp
    from flax import nnx

    graph, weights, rest = nnx.split(layer, nnx.Param, ...)
    inputs = jax.random.normal(jax.random.key(0), (batch, STEPS, units))

    def show(weights, inputs):
        return nnx.merge(graph, weights, rest, copy=True)(inputs)

    def error(weights, inputs):
        return jnp.sum(jnp.square(show(weights, inputs)))

    run = jax.jit(jax.grad(error) if training else show)

    def once():
        return jax.block_until_ready(jax.tree.leaves(run(weights, inputs)))[0].ravel()[0]

    return once


def _torch(units: int, batch: int, training: bool) -> tuple[Callable[[], Any], int]:
    import os

    import torch  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    layer = torch.nn.LSTM(units, units, batch_first=True)
    inputs = torch.randn(batch, STEPS, units, generator=torch.Generator().manual_seed(0))

    def once():
        if not training:
            with torch.no_grad():
                return layer(inputs)[0][0, 0, 0]
        layer.zero_grad()
        outputs = layer(inputs)[0]
        outputs.square().sum().backward()
        return outputs[0, 0, 0].detach()

    return once, sum(parameter.numel() for parameter in layer.parameters())


def milliseconds(timings: Sequence[Any]) -> list[dict[str, Any]]:
    """One figure for each contender and size: time of one call, and how many times as long as ours it is."""
    figures = []
    for timing in timings:
        units, passes = timing.candidate.row.split()
        calls = [ns * STEPS * timing.candidate.trials / 1e6 for ns in timing.nanoseconds]
        figures.append(
            {
                "contender": timing.candidate.contender,
                "label": CONTENDERS[timing.candidate.contender],
                "flags": timing.candidate.place.flags,
                "units": int(units),
                "batch": timing.candidate.trials,
                "pass": passes,
                "milliseconds": statistics.median(calls),
                "range": [min(calls), max(calls)],
            }
        )
    ours = {_size(figure): figure["milliseconds"] for figure in figures if figure["contender"] == "layer_ours"}
    return [f | {"times ours": f["milliseconds"] / ours[_size(f)] if _size(f) in ours else None} for f in figures]


def _size(figure: dict[str, Any]) -> tuple[Any, ...]:
    return figure["units"], figure["batch"], figure["pass"]


def memory(units: int = 64, batch: int = 32) -> list[dict[str, Any]]:
    """Bytes that a compiled gradient needs besides its arguments and results, by steps and by what is kept."""
    import jax
    import jax.numpy as jnp

    from lstm_jax.cells import LSTM
    from lstm_jax.networks.recurrent import recurrent

    cell = LSTM(units, units)
    weights = cell.init(jax.random.key(0), jnp.float32(0.1))
    figures = []
    for kept, every in KEEPING.items():
        for steps in MEMORY_STEPS:

            def error(weights, inputs, every=every):
                return jnp.sum(jnp.square(recurrent(cell, weights, inputs, checkpoint_every=every)[1][-1]))

            inputs = jax.ShapeDtypeStruct((steps, units, batch), jnp.float32)
            analysis = jax.jit(jax.grad(error)).lower(weights, inputs).compile().memory_analysis()
            size = analysis.temp_size_in_bytes if analysis else None
            figures.append({"kept": kept, "units": units, "batch": batch, "steps": steps, "bytes": size})
    return figures


def in_order(figures: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """By size, ours before the others."""
    return sorted(figures, key=lambda f: (f["units"], f["batch"], f["pass"], f["contender"] != "layer_ours"))


COLUMNS: list[Column[dict[str, Any]]] = [
    Column("units", lambda f: str(f["units"])),
    Column("batch", lambda f: str(f["batch"])),
    Column("pass", lambda f: f["pass"], left=True),
    Column("contender", lambda f: f["label"], left=True),
    Column("ms", lambda f: f"{f['milliseconds']:.2f}"),
    Column("range", lambda f: f"{f['range'][0]:.2f}-{f['range'][1]:.2f}"),
    Column("times ours", lambda f: "" if f["times ours"] is None else f"{f['times ours']:.2f}"),
]
"""Of a line for each figure."""


def document(figures, kept, settings, devices) -> dict[str, Any]:
    """Everything, for a file."""
    import datetime

    from lstm_jax.results.provenance import describe

    return {
        "task": f"one layer of LSTM cells, {STEPS} steps, as many inputs as units",
        "unit": "milliseconds per call on one core and one thread; Flax under XLA's default flags",
        "date": datetime.date.today().isoformat(),
        "machine": describe(("jax", "jaxlib", "flax", "torch")) | {"devices": devices},
        "settings": settings,
        "figures": figures,
        "memory": kept,
    }
