"""The benchmark's figures as a table and as JSON."""

import dataclasses
import datetime
import statistics
from collections.abc import Sequence
from typing import Any

from lstm_jax.report.columns import Column, chosen
from lstm_jax.results.provenance import describe
from lstm_jax.runtime import cores

from . import layers
from .places import Place
from .workloads import DISTRACTORS, Candidate, Workload

LABELS = {
    "ours": "lstm_jax",
    "bptt": "lstm_jax",
    "dense": "lstm_jax, dense select",
    "autodiff": "lstm_jax autodiff",
    "autodiff_vmap": "lstm_jax autodiff, vmap",
    "simd": "C++ by hand",
    "simd_cheap": "C++ by hand, cheap generator",
    "flax": "Flax, whole loop jitted",
    "flax_steps": "Flax, each step jitted",
    "flax_cell": "Flax",
    "torch": "PyTorch nn.LSTM",
    **layers.CONTENDERS,
}
FLAGS = {"lstm_jax": "our", "default": "default", None: ""}
ON_BOTH_FLAGS = {"flax", "flax_steps", "flax_cell"}
LIBRARIES = ("jax", "jaxlib", "flax", "optax", "torch")


@dataclasses.dataclass(frozen=True)
class Timing:
    """What a candidate took."""

    candidate: Candidate
    weights: int
    """How many a trial has."""
    nanoseconds: tuple[float, ...]
    """Per trial-step, one for each repeat."""
    compiling: float | None = None
    """Seconds, where that was measured."""

    @property
    def median(self) -> float:
        """Over the repeats."""
        return statistics.median(self.nanoseconds)


@dataclasses.dataclass(frozen=True)
class Ratio:
    """How many times as long as ours a contender takes."""

    name: str
    value: float
    bar: float | None
    """What it should at least be."""


def ratios(workload: Workload, timings: Sequence[Timing]) -> list[Ratio]:
    """The ratios that are watched, as far as their contenders were measured."""
    medians = {timing.candidate: timing.median for timing in timings}
    ours = medians.get(workload.reference)
    watched = ((name, medians.get(candidate), bar) for name, candidate, bar in workload.watched)
    return [Ratio(name, value / ours, bar) for name, value, bar in watched if value and ours]


def columns(workload: Workload, timings: Sequence[Timing]) -> list[Column[Timing]]:
    """Those of the table of a workload; ratios are to its reference, if that was measured."""
    ours = next((timing.median for timing in timings if timing.candidate == workload.reference), None)
    known: list[Column[Timing]] = [
        Column("contender", lambda timing: LABELS[timing.candidate.contender], left=True),
        Column("distractors", lambda timing: f"{DISTRACTORS.get(timing.candidate.row, 0):,}"),
        Column("row", lambda timing: timing.candidate.row, left=True),
        Column("weights", lambda timing: f"{timing.weights:,}"),
        Column("trials", lambda timing: str(timing.candidate.trials)),
        Column("on", lambda timing: on(timing.candidate.place), left=True),
        Column("flags", lambda timing: FLAGS[timing.candidate.place.flags], left=True),
        Column("ns", lambda timing: _short(timing.median)),
        Column("range", lambda timing: f"{_short(min(timing.nanoseconds))}-{_short(max(timing.nanoseconds))}"),
        Column("ratio", lambda timing: _short(timing.median / ours) if ours else ""),
    ]
    return chosen(known, "contender", *workload.columns, "ns", "range", "ratio")


def notes(workload: Workload, timings: Sequence[Timing]) -> list[str]:
    """What a reader has to know to read the table."""
    lines = [
        f"{workload.unit}; median over {len(timings[0].nanoseconds)} measurements.",
        f"{workload.remark} Ratio: to {in_words(workload.reference)}.",
    ]
    if ON_BOTH_FLAGS & {timing.candidate.contender for timing in timings}:
        lines.append("Flax ran under XLA's default flags, as its users have them, and under those of lstm_jax.")
    for ratio in ratios(workload, timings):
        bar = "" if ratio.bar is None else f" (bar: at least {ratio.bar:g})"
        lines.append(f"{ratio.name}: {ratio.value:.1f} times ours{bar}")
    return lines


def document(
    workload: Workload, timings: Sequence[Timing], settings: dict[str, Any], devices: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Everything, for a file: the machine, the settings, every figure and the ratios.

    Args:
        workload: what was measured.
        timings: all of them.
        settings: of the benchmark.
        devices: what the processes that ran JAX tell about themselves.
    """
    figures = [
        {
            "contender": timing.candidate.contender,
            "label": LABELS[timing.candidate.contender],
            "row": timing.candidate.row,
            "distractors": DISTRACTORS.get(timing.candidate.row),
            "weights": timing.weights,
            "trials": timing.candidate.trials,
            "on": on(timing.candidate.place),
            "flags": timing.candidate.place.flags,
            "median": timing.median,
            "min": min(timing.nanoseconds),
            "max": max(timing.nanoseconds),
            "repeats": timing.nanoseconds,
        }
        for timing in timings
    ]
    return {
        "task": workload.task,
        "unit": workload.unit,
        "date": datetime.date.today().isoformat(),
        "machine": describe(LIBRARIES) | {"devices": devices},
        "settings": settings,
        "figures": figures,
        "ratios": [dataclasses.asdict(ratio) for ratio in ratios(workload, timings)],
    }


def on(place: Place) -> str:
    """Where that is: GPU, 1 core, 8 cores."""
    if place.gpu:
        return "GPU"
    count = 1 if place.one_core else cores()
    return "1 core" if count == 1 else f"{count} cores"


def in_words(candidate: Candidate) -> str:
    """One candidate in words."""
    contender, row, trials, place = candidate
    symbols = f", {DISTRACTORS[row]:,} distractors" if row in DISTRACTORS else ""
    count = "1 trial" if trials == 1 else f"{trials:,} trials"
    flags = f", {FLAGS[place.flags]} flags" if contender in ON_BOTH_FLAGS else ""
    return f"{LABELS[contender]}{symbols}, {count}, {on(place)}{flags}"


def _short(value: float) -> str:
    return f"{value:#.3g}" if value < 100 else f"{value:,.0f}"
