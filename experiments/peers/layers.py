"""A layer of LSTM cells at the sizes ordinary users have: ours beside Flax's and PyTorch's, outputs or gradient.

Everybody gets `[batch, time, features]`. A row names the layer: "256 forward" shows sequences to 256 units with as many
inputs, "256 training" takes the gradient of the outputs' sum of squares by all weights.

Beside them stand the products alone: all multiplications of the layer by its matrices as one product or, in training,
three, without a step that waits for another. No layer can be faster than the best of these: the roof of this core.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from lstm_jax.report.columns import Column

from .training import Contestant

STEPS = 256
UNITS = (64, 256, 1024)
BATCHES = (1, 32, 128)
PASSES = ("forward", "training")
ROWS = tuple(f"{units} {passes}" for units in UNITS for passes in PASSES)
CONTENDERS = {
    "layer_ours": "lstm_jax",
    "layer_flax": "Flax",
    "layer_torch": "PyTorch",
    "layer_product": "products",
}

KEEPING = {"everything": None, "every 16th carry": 16, "every 64th carry": 64}
"""What is kept for the way back, and `checkpoint_every`."""
MEMORY_STEPS = (64, 256, 1024, 4096)


def begin(contender: str, row: str, batch: int) -> Contestant:
    """One layer, to be run over one batch of sequences again and again."""
    units, passes = row.split()
    make = {"layer_ours": _ours, "layer_flax": _flax, "layer_torch": _torch, "layer_product": _product}[contender]
    once, weights, compiling = make(int(units), batch, passes == "training")

    def advance(_, times: int):
        result = 0.0
        for _ in range(times):
            result = once()
        return None, float(result)

    return Contestant(None, advance, weights, compiling=compiling)


Made = tuple[Callable[[], Any], int, float | None]
"""What is called again and again, its number of weights, and the seconds that compiling it took."""


def floating_point_operations(units: int, batch: int, passes: str) -> int:
    """Of one call, counting products with the layer's matrices alone: a multiplication and an addition for each weight.

    Going back there are as many for the errors and as many for the gradient of the weights.
    """
    return 2 * (4 * units) * (2 * units) * STEPS * batch * (3 if passes == "training" else 1)


def _ours(units: int, batch: int, training: bool) -> Made:
    from flax import nnx

    from lstm_jax.cells import LSTM
    from lstm_jax.modules import Recurrent

    layer = Recurrent(LSTM(units, units), rngs=nnx.Rngs(0))
    return _of_flax(layer, units, batch, training)


def _flax(units: int, batch: int, training: bool) -> Made:
    from flax import nnx

    layer = nnx.RNN(nnx.OptimizedLSTMCell(units, units, rngs=nnx.Rngs(0)))
    return _of_flax(layer, units, batch, training)


def _of_flax(layer, units: int, batch: int, training: bool) -> Made:
    import jax
    import jax.numpy as jnp
    from flax import nnx

    graph, weights, rest = nnx.split(layer, nnx.Param, ...)
    inputs = jax.random.normal(jax.random.key(0), (batch, STEPS, units))

    def show(weights, inputs):
        return nnx.merge(graph, weights, rest, copy=True)(inputs)

    def error(weights, inputs):
        return jnp.sum(jnp.square(show(weights, inputs)))

    return _compiled(jax.grad(error) if training else show, weights, inputs)


def _product(units: int, batch: int, training: bool) -> Made:
    import jax
    import jax.numpy as jnp

    keys = jax.random.split(jax.random.key(0), 3)
    columns = STEPS * batch
    matrix = jax.random.normal(keys[0], (4 * units, 2 * units)) / units
    sources, errors = (jax.random.normal(key, (n * units, columns)) for key, n in zip(keys[1:], (2, 4), strict=True))

    def forward(matrix, sources, errors):
        return jnp.matmul(matrix, sources)

    def all_three(matrix, sources, errors):
        return forward(matrix, sources, errors), jnp.matmul(matrix.T, errors), jnp.matmul(errors, sources.T)

    return _compiled(all_three if training else forward, matrix, sources, errors)


def _compiled(function: Callable[..., Any], weights: Any, *inputs: Any) -> Made:
    import jax

    started = time.perf_counter()
    run = jax.jit(function).lower(weights, *inputs).compile()
    compiling = time.perf_counter() - started

    def once():
        return jax.block_until_ready(jax.tree.leaves(run(weights, *inputs)))[0].ravel()[0]

    return once, sum(leaf.size for leaf in jax.tree.leaves(weights)), compiling


def _torch(units: int, batch: int, training: bool) -> Made:
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

    return once, sum(parameter.numel() for parameter in layer.parameters()), None


def milliseconds(timings: Sequence[Any]) -> list[dict[str, Any]]:
    """One figure for each contender and size: time of one call, and how many times as long as ours it is.

    With the products alone, also which share of the best rate among them it reaches.
    """
    figures = []
    for timing in timings:
        units, passes = timing.candidate.row.split()
        calls = [ns * STEPS * timing.candidate.trials / 1e6 for ns in timing.nanoseconds]
        operations = floating_point_operations(int(units), timing.candidate.trials, passes)
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
                "gigaflops": operations / statistics.median(calls) / 1e6,
                "compiling": timing.compiling,
            }
        )
    ours = {_size(figure): figure["milliseconds"] for figure in figures if figure["contender"] == "layer_ours"}
    roof = max((f["gigaflops"] for f in figures if f["contender"] == "layer_product"), default=None)
    return [
        f
        | {
            "times ours": f["milliseconds"] / ours[_size(f)] if _size(f) in ours else None,
            "of the roof": f["gigaflops"] / roof if roof else None,
        }
        for f in figures
    ]


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
    Column("ratio", lambda f: "" if f["times ours"] is None else f"{f['times ours']:.2f}"),
    Column("roof", lambda f: "" if f["of the roof"] is None else f"{f['of the roof']:.0%}"),
    Column("compile", lambda f: "" if f["compiling"] is None else f"{f['compiling']:.1f} s"),
]
"""Of a line for each figure."""


def document(figures, kept, settings, devices) -> dict[str, Any]:
    """Everything, for a file."""
    import datetime

    from lstm_jax.results.provenance import describe

    return {
        "task": f"one layer of LSTM cells, {STEPS} steps, as many inputs as units",
        "unit": "milliseconds per call on one core and one thread; Flax under XLA's default flags; Gflop/s of products "
        "with the layer's matrices, the roof being the best of these products alone; seconds to trace and compile",
        "date": datetime.date.today().isoformat(),
        "machine": describe(("jax", "jaxlib", "flax", "torch")) | {"devices": devices},
        "settings": settings,
        "figures": figures,
        "memory": kept,
    }
