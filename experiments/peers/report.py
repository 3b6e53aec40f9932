"""The benchmark's figures as a table, as JSON and as a picture."""

import dataclasses
import datetime
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table

from experiments.peers.places import ONE_CORE, ONE_CORE_DEFAULT, Place
from experiments.peers.training import CELLS, LENGTH, MEAN_STEPS
from lstm_jax.results.provenance import describe
from lstm_jax.runtime import cores

LABELS = {
    "ours": "lstm_jax",
    "autodiff": "lstm_jax autodiff",
    "autodiff_vmap": "lstm_jax autodiff, vmap",
    "flax": "Flax, whole loop jitted",
    "flax_steps": "Flax, each step jitted",
    "torch": "PyTorch nn.LSTM",
}
FLAGS = {"lstm_jax": "our", "default": "default", None: ""}
ON_BOTH_FLAGS = {"flax", "flax_steps"}
UNIT = f"ns per trial-step = wall time / (sequences x {MEAN_STEPS} mean steps x trials)"
REFERENCE = ("ours", 32, ONE_CORE)
LIBRARIES = ("jax", "jaxlib", "flax", "optax", "torch")


@dataclasses.dataclass(frozen=True)
class Timing:
    """What a contender took at a place."""

    contender: str
    trials: int
    place: Place
    nanoseconds: tuple[float, ...]
    """Per trial-step, one for each repeat."""

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


def ratios(timings: Sequence[Timing]) -> list[Ratio]:
    """The ratios that are watched, as far as their contenders were measured."""
    medians = {(timing.contender, timing.trials, timing.place): timing.median for timing in timings}
    watched = (
        ("Flax, 16 trials, as its users run it", medians.get(("flax", 16, ONE_CORE_DEFAULT)), 10.0),
        ("Flax, 16 trials, under the XLA settings of lstm_jax", medians.get(("flax", 16, ONE_CORE)), None),
        ("our autodiff, 32 trials", medians.get(("autodiff", 32, ONE_CORE)), 3.0),
        ("our autodiff by jax.vmap, 32 trials", medians.get(("autodiff_vmap", 32, ONE_CORE)), None),
    )
    ours = medians.get(REFERENCE)
    return [Ratio(name, value / ours, bar) for name, value, bar in watched if value and ours]


def rich_table(timings: Sequence[Timing]) -> Table:
    """For the terminal: at most 80 columns."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=0)
    for name in ("contender", "trials", "on", "flags", "ns", "range", "ratio"):
        table.add_column(name, justify="left" if name in ("contender", "on", "flags") else "right", no_wrap=True)
    ours = next((timing for timing in timings if (timing.contender, timing.trials, timing.place) == REFERENCE), None)
    for timing in timings:
        spread = f"{_short(min(timing.nanoseconds))}-{_short(max(timing.nanoseconds))}"
        ratio = _short(timing.median / ours.median) if ours else ""
        table.add_row(
            LABELS[timing.contender],
            str(timing.trials),
            on(timing.place),
            FLAGS[timing.place.flags],
            _short(timing.median),
            spread,
            ratio,
        )
    return table


def notes(timings: Sequence[Timing]) -> list[str]:
    """What a reader has to know to read the table."""
    lines = [
        f"{UNIT}; median over {len(timings[0].nanoseconds)} measurements.",
        f"Adding problem, {LENGTH} to {LENGTH + LENGTH // 10} steps, drawing sequences included, a weight update per "
        f"sequence and trial, {CELLS} memory cells. Ratio: to lstm_jax with 32 trials on one core.",
    ]
    if ON_BOTH_FLAGS & {timing.contender for timing in timings}:
        lines.append("Flax ran under XLA's default flags, as its users have them, and under those of lstm_jax.")
    for ratio in ratios(timings):
        bar = "" if ratio.bar is None else f" (bar: at least {ratio.bar:g})"
        lines.append(f"{ratio.name}: {ratio.value:.1f} times ours{bar}")
    return lines


def document(timings: Sequence[Timing], settings: dict[str, Any], devices: Sequence[dict[str, Any]]) -> str:
    """Everything as JSON: the machine, the settings, every figure and the ratios.

    Args:
        timings: all of them.
        settings: of the benchmark.
        devices: what the processes that ran JAX tell about themselves.
    """
    figures = [
        {
            "contender": timing.contender,
            "label": LABELS[timing.contender],
            "trials": timing.trials,
            "on": on(timing.place),
            "flags": timing.place.flags,
            "median": timing.median,
            "min": min(timing.nanoseconds),
            "max": max(timing.nanoseconds),
            "repeats": timing.nanoseconds,
        }
        for timing in timings
    ]
    content = {
        "task": f"adding, T = {LENGTH}",
        "unit": UNIT,
        "date": datetime.date.today().isoformat(),
        "machine": describe(LIBRARIES) | {"devices": devices},
        "settings": settings,
        "figures": figures,
        "ratios": [dataclasses.asdict(ratio) for ratio in ratios(timings)],
    }
    return json.dumps(content, indent=1) + "\n"


def picture(timings: Sequence[Timing], path: Path) -> None:
    """Draw one horizontal bar per figure, fastest first, on a logarithmic axis."""
    from lstm_jax.report.figures import OURS, PAPER, TRIAL, plt

    colors = {"ours": OURS, "autodiff": TRIAL, "autodiff_vmap": TRIAL}
    rows = sorted(timings, key=lambda timing: timing.median)
    lowest, highest = (np.array([f(row.nanoseconds) for row in rows]) for f in (min, max))
    medians = np.array([row.median for row in rows])
    figure, axis = plt.subplots(figsize=(9, 1.2 + 0.27 * len(rows)), layout="constrained")
    axis.barh(range(len(rows)), medians, color=[colors.get(row.contender, PAPER) for row in rows])
    spread = [medians - lowest, highest - medians]
    axis.errorbar(medians, range(len(rows)), xerr=spread, fmt="none", ecolor="black", elinewidth=1, capsize=2)
    for i, row in enumerate(rows):
        axis.annotate(f"{_short(row.median)} ns", (highest[i], i), (5, 0), textcoords="offset points", va="center")
    axis.set_yticks(range(len(rows)), [in_words(row.contender, row.trials, row.place) for row in rows])
    axis.invert_yaxis()
    axis.set(xscale="log", xlim=(min(lowest) / 2, max(highest) * 6), xlabel="ns per trial-step, lowest to highest")
    axis.margins(y=0.02)
    axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"Training on the adding problem, T = {LENGTH}, drawing of sequences included")
    figure.savefig(path, dpi=130)
    plt.close(figure)


def on(place: Place) -> str:
    """Where that is: GPU, 1 core, 8 cores."""
    if place.gpu:
        return "GPU"
    count = 1 if place.one_core else cores()
    return "1 core" if count == 1 else f"{count} cores"


def in_words(contender: str, trials: int, place: Place) -> str:
    """One measurement in words."""
    count = "1 trial" if trials == 1 else f"{trials:,} trials"
    flags = f", {FLAGS[place.flags]} flags" if contender in ON_BOTH_FLAGS else ""
    return f"{LABELS[contender]}, {count}, {on(place)}{flags}"


def _short(value: float) -> str:
    return f"{value:#.3g}" if value < 100 else f"{value:,.0f}"
