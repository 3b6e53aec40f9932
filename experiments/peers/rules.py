"""Learning rules to be measured: nets of growing size, sequences of growing length, rows of Tables 1 and 2."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hydra import compose
from rich.console import RenderableType

from lstm_jax.cells import Elman, MemoryBlocks
from lstm_jax.errors import InputError
from lstm_jax.learners import RULES, Descent
from lstm_jax.networks import Network
from lstm_jax.overrides import quote_row
from lstm_jax.report.columns import Column, terminal
from lstm_jax.report.style import GREEN, OURS, PAPER, plt, save
from lstm_jax.trials.training import Training
from lstm_jax.types import Sequence as Shown

from ..study import read

UNIT = (
    "ns per trial-step = wall time of one gradient / (trials x steps); "
    "kept bytes: what the program needs besides its arguments and results"
)

INPUTS, OUTPUTS = 8, 4

NO_BIASES: dict[str, Any] = {"input_gate_bias": "none", "output_gate_bias": "none", "cell_bias": "none"}

METHODS = {
    "LSTM, truncated": ("truncated", lambda n: MemoryBlocks(INPUTS, n, 1, **NO_BIASES), OURS, "o"),
    "RTRL": ("rtrl", lambda n: Elman(inputs=INPUTS, units=n), PAPER, "s"),
    "BPTT": ("bptt", lambda n: Elman(inputs=INPUTS, units=n), GREEN, "^"),
}
"""Gradient, cell of n units, colour and marker."""

SMALL = 4
"""Units of the nets whose memory is looked at."""


@dataclass(frozen=True)
class Job:
    """One gradient to measure."""

    labels: dict[str, Any]
    network: Any
    gradient: str
    arguments: tuple[Any, Any]
    trial_steps: float
    timed: bool


def jobs(settings) -> Iterator[Job]:
    """Everything that is to be measured.

    Raises:
        InputError: a row is none, or does not learn by one of `RULES`.
    """
    for name, (gradient, cell, *_) in METHODS.items():
        for units in settings.units:
            network = Network(cell=cell(units), outputs=OUTPUTS, output_bias="none")
            labels = {"what": "units", "method": name, "units": units}
            yield Job(labels, network, gradient, *_random(network, settings.trials, settings.steps), True)
        for length in settings.lengths:
            network = Network(cell=cell(SMALL), outputs=OUTPUTS, output_bias="none")
            labels = {"what": "length", "method": name, "units": SMALL, "length": length}
            yield Job(labels, network, gradient, *_random(network, settings.trials, length), False)
    for row in settings.rows:
        trial = read(compose("train", [quote_row(f"experiment={row}")])).experiment.trial
        if not isinstance(trial.learner, Descent) or not isinstance(trial.network, Network):
            raise InputError(f"rows has {row!r}: measured are rows of networks of cells that follow a gradient.")
        labels = {"what": "row", "method": row}
        yield Job(labels, trial.network, str(trial.learner.rule), *_of_task(trial, settings.trials), True)


def compiled(job: Job):
    """The gradient as a compiled program."""
    return jax.jit(partial(RULES[job.gradient].gradient, job.network)).lower(*job.arguments).compile()


def _random(network: Network, trials: int, steps: int):
    rng = np.random.default_rng(0)
    weights = network.init(jax.random.split(jax.random.key(0), trials), jnp.full(trials, 0.1))
    inputs = jnp.asarray(rng.integers(0, INPUTS, (steps, trials)), jnp.int32)
    targets = jnp.asarray(rng.uniform(0, 1, (OUTPUTS, trials)), jnp.float32)
    return (weights, Shown(inputs, targets, jnp.full(trials, steps))), float(trials * steps)


def _of_task(trial: Training, trials: int):
    keys = jax.random.split(jax.random.key(0), trials)
    weights = trial.network.init(keys, jnp.full(trials, 0.1))
    data = trial.task.data(0, np.arange(trials)) if hasattr(trial.task, "data") else ()  # pyright: ignore
    sequence = trial.task.sample(keys, *data)
    return (weights, sequence), float(jnp.sum(sequence.length))


def tables(figures: Sequence[dict[str, Any]]) -> list[RenderableType]:
    """For a terminal: time by units, memory by length, and the rows."""
    result = []
    for what, key, value, title in (
        ("units", "units", "nanoseconds per trial-step", "ns per trial-step, by number of units"),
        ("length", "length", "kept bytes per trial", f"bytes kept per trial, {SMALL} units, by number of steps"),
    ):
        chosen = [figure for figure in figures if figure["what"] == what]
        columns: list[Column[str]] = [Column("method", str, left=True)]
        for size in dict.fromkeys(figure[key] for figure in chosen):
            values = {figure["method"]: figure[value] for figure in chosen if figure[key] == size}
            columns.append(Column(str(size), lambda method, values=values: f"{values[method]:,.0f}"))
        result.append(terminal(columns, dict.fromkeys(figure["method"] for figure in chosen), title=title))
    rows = [figure for figure in figures if figure["what"] == "row"]
    return [*result, terminal(ROWS, rows, title="ns per trial-step, by row")]


ROWS: list[Column[dict[str, Any]]] = [
    Column("row", lambda figure: figure["method"], left=True),
    Column("weights", lambda figure: f"{figure['weights']:,}"),
    Column("ns", lambda figure: f"{figure['nanoseconds per trial-step']:,.0f}"),
]


def picture(figures: Sequence[dict[str, Any]], path) -> None:
    """Time against units and memory against steps, both axes logarithmic."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    _lines(left, figures, "units", "units", "nanoseconds per trial-step")
    _lines(right, figures, "length", "length", "kept bytes per trial")
    left.set(xlabel="hidden units n (LSTM: memory cells)", ylabel="ns per trial-step", title="A step, as nets grow")
    title = f"Memory, as sequences grow (n = {SMALL})"
    right.set(xlabel="steps of the sequence", ylabel="bytes kept per trial", title=title)
    save(figure, path)


def _lines(axis, figures: Sequence[dict[str, Any]], what: str, key: str, value: str) -> None:
    """One line per method; the legend says with which power it grows at its end."""
    chosen = [figure for figure in figures if figure["what"] == what and figure[value]]
    for method, (_, _, color, marker) in METHODS.items():
        points = [(figure[key], figure[value]) for figure in chosen if figure["method"] == method]
        x, y = np.array(points).T
        power = f", power {np.log(y[-1] / y[-2]) / np.log(x[-1] / x[-2]):.1f} at the end" if len(points) > 1 else ""
        axis.plot(x, y, marker=marker, color=color, label=method + power)
    ticks = list(dict.fromkeys(figure[key] for figure in chosen))
    axis.set(xscale="log", yscale="log")
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.minorticks_off()
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
