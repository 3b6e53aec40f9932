"""What is measured: rows of the configurations, and the contenders that train on them. Imports no JAX."""

from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple

from . import layers
from .places import ALL_CORES, GPU, ONE_CORE, ONE_CORE_DEFAULT, ONE_CORE_WITHOUT_JAX, Place
from .training import CELL_ROWS, CELLS, LENGTH

DISTRACTORS = {"2c-9": 50, "2c-8": 100, "2c-7": 200, "2c-6": 500, "2c-5": 1000}
"""Of rows that are alike in everything else: size of the alphabet without the other four symbols."""


class Candidate(NamedTuple):
    """Something to be measured."""

    contender: str
    row: str
    trials: int
    place: Place


@dataclass(frozen=True)
class Workload:
    """Rows that are measured together, and how they are presented."""

    task: str
    remark: str
    """What a reader has to know besides."""
    mean_steps: int
    """What every contender is charged with per sequence, whether it computes the steps beyond its end or not."""
    rows: tuple[str, ...]
    contenders: tuple[tuple[str, Place, tuple[int, ...]], ...]
    """Contender, place, and numbers of trials. What needs a GPU, PyTorch or a C++ compiler is left out
    where there is none."""
    columns: tuple[str, ...]
    """Of the table, between the contender and its time."""
    reference: Candidate
    """What the others are compared with."""
    watched: tuple[tuple[str, Candidate, float | None], ...] = ()
    """Ratios to the reference that are watched: name, of what, and what it should at least be."""

    @property
    def unit(self) -> str:
        """Of all figures."""
        return f"ns per trial-step = wall time / (sequences x {self.mean_steps} mean steps x trials)"

    @property
    def names(self) -> list[str]:
        """Of the contenders."""
        return list(dict.fromkeys(name for name, _, _ in self.contenders))

    def candidates(self, contenders: Container[str]) -> list[Candidate]:
        """Everything that is to be measured of these contenders."""
        return [
            Candidate(name, row, number, place)
            for name, place, trials in self.contenders
            if name in contenders
            for row in self.rows
            for number in trials
        ]


WORKLOADS = {
    "adding": Workload(
        task=f"the adding problem, T = {LENGTH}",
        remark=f"Adding problem, {LENGTH} to {LENGTH + LENGTH // 10} steps, drawing sequences included, a weight "
        f"update per sequence and trial, {CELLS} memory cells.",
        mean_steps=105,
        rows=("4-1",),
        contenders=(
            ("ours", ONE_CORE, (1, 16, 32, 64)),
            ("ours", ALL_CORES, (16, 32, 64, 128)),
            ("simd", ONE_CORE_WITHOUT_JAX, (16, 32)),
            ("simd_cheap", ONE_CORE_WITHOUT_JAX, (32,)),
            ("ours", GPU, (32, 128, 512, 2048, 8192, 16384)),
            ("autodiff", ONE_CORE, (32,)),
            ("autodiff_vmap", ONE_CORE, (16, 32)),
            ("flax", ONE_CORE_DEFAULT, (1, 16, 32)),
            ("flax", ONE_CORE, (1, 16, 32)),
            ("flax_steps", ONE_CORE_DEFAULT, (1,)),
            ("flax_steps", ONE_CORE, (1,)),
            ("torch", ONE_CORE_WITHOUT_JAX, (1,)),
        ),
        columns=("trials", "on", "flags"),
        reference=Candidate("ours", "4-1", 32, ONE_CORE),
        watched=(
            ("by hand in C++, 32 trials", Candidate("simd", "4-1", 32, ONE_CORE_WITHOUT_JAX), None),
            ("by hand in C++, a cheap generator", Candidate("simd_cheap", "4-1", 32, ONE_CORE_WITHOUT_JAX), None),
            ("Flax, 16 trials, as its users run it", Candidate("flax", "4-1", 16, ONE_CORE_DEFAULT), 10.0),
            ("Flax, 16 trials, under the XLA settings of lstm_jax", Candidate("flax", "4-1", 16, ONE_CORE), None),
            ("our autodiff, 32 trials", Candidate("autodiff", "4-1", 32, ONE_CORE), 3.0),
            ("our autodiff by jax.vmap, 32 trials", Candidate("autodiff_vmap", "4-1", 32, ONE_CORE), None),
        ),
    ),
    "symbols": Workload(
        task="Experiment 2c, q = 1000",
        remark="Experiment 2c, rows 2c-9 to 2c-5: 1,003 steps and 9 more on average, drawing sequences included, a "
        "weight update per sequence and trial, 2 memory cells. Dense select: derivatives by all weights from the "
        "alphabet are touched at every step, not those of the step's own symbol alone.",
        mean_steps=1012,
        rows=tuple(DISTRACTORS),
        contenders=(("ours", ONE_CORE, (32,)), ("dense", ONE_CORE, (32,))),
        columns=("distractors", "weights", "trials", "on"),
        reference=Candidate("ours", "2c-9", 32, ONE_CORE),
    ),
    "cells": Workload(
        task=f"the adding problem, T = {LENGTH}, by back-propagation through time",
        remark="Adam with clipped gradients, drawing sequences included. A weight change per sequence and 4 units, or "
        "per 16 sequences and 14 units of LSTM, 16 of GRU.",
        mean_steps=105,
        rows=tuple(CELL_ROWS),
        contenders=(("bptt", ONE_CORE, (32,)), ("flax_cell", ONE_CORE_DEFAULT, (32,)), ("flax_cell", ONE_CORE, (32,))),
        columns=("row", "weights", "flags"),
        reference=Candidate("bptt", "lstm, batch 1", 32, ONE_CORE),
    ),
    "layers": Workload(
        task=f"a layer of LSTM cells, {layers.STEPS} steps",
        remark="Outputs, or the gradient of their sum of squares by all weights; as many inputs as units.",
        mean_steps=layers.STEPS,
        rows=layers.ROWS,
        contenders=(
            ("layer_ours", ONE_CORE, layers.BATCHES),
            ("layer_flax", ONE_CORE_DEFAULT, layers.BATCHES),
            ("layer_torch", ONE_CORE_WITHOUT_JAX, layers.BATCHES),
            ("layer_product", ONE_CORE_DEFAULT, layers.BATCHES),
        ),
        columns=("trials", "on", "flags"),
        reference=Candidate("layer_ours", "256 training", 32, ONE_CORE),
    ),
}
