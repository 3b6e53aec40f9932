"""What can be run, many at a time, recorded, and continued after a kill: a trial, and an experiment that has many.

A trial is a pure state machine that a compiled loop drives: nets that are trained (`training`), nets on endless streams
(`streams`), a search by guessing (`lstm_jax.baselines.guessing`). An experiment says which trials there are and what is
kept of each; its file holds the configuration of that kind. Everything else (lanes, chunks, checkpoints, locks, curves,
files) is the same for all.
"""

import dataclasses
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Protocol

import jax
import numpy as np
from jax.typing import DTypeLike

from lstm_jax.configuration import arrays
from lstm_jax.results import intact
from lstm_jax.types import Array, Bool, Float, Int, Key

RECORD = 1024
"""Bytes that the record of a trial takes at least, as an object."""


class State(Protocol):
    """A NamedTuple of a trial's state. All arrays but `clock` are `[..., *lanes]`."""

    @property
    def clock(self) -> Int[Array, ""]:
        """Steps so far, counted as the trial counts them: one number for all lanes that still run."""
        ...

    @property
    def running(self) -> Bool[Array, "*lanes"]:
        """False once a lane has ended; it is frozen then."""
        ...

    @property
    def key(self) -> Key[Array, "*lanes"]:
        """What a lane still draws comes from this key and the clock."""
        ...

    @property
    def data(self) -> tuple[Any, ...]:
        """What the trial was given at its start and never changes; checkpoints leave it out."""
        ...


class Trial(Protocol):
    """A `configuration` whose leaves may differ from lane to lane, with pure functions of a state."""

    unit: ClassVar[str]
    """What the clock counts, in the plural: presentations."""
    counted: ClassVar[str]
    """What the speed is measured in, in the plural: presentations."""
    curves: ClassVar[tuple[str, ...]]
    """Names of the curves that are recorded of every trial."""
    curve_type: ClassVar[DTypeLike]
    """The dtype of the numbers in the curves."""

    @property
    def weight_count(self) -> int:
        """Weights of a lane: how many lanes a processor's cache holds follows from it."""
        ...

    @property
    def wide(self) -> bool:
        """Whether one lane's own arrays fill vectors: then lanes take turns instead of sharing them."""
        ...

    def data(self, seeds: Int[np.ndarray, "trials"], numbers: Int[np.ndarray, "trials"]) -> tuple[Any, ...]:
        """Make on the host what trials with these seeds and numbers keep: a tuple of trees of `[..., trials]`."""
        ...

    def start(self, keys: Key[Array, "*lanes"], data: tuple[Any, ...]) -> Any:
        """The state before the first step; a lane's whole course follows from its key."""
        ...

    def step(self, state: Any) -> tuple[Any, Any]:
        """Advance every running lane, and the clock.

        Returns:
            The new state, and a tree of `[*lanes]` that is summed over steps; zero for lanes that do not run.
        """
        ...

    def point(self, state: Any, sums: Any) -> tuple[Float[np.ndarray, "curves lanes"], Int[np.ndarray, "lanes"]]:
        """A point of the curves, from the state after some steps and the sums over them.

        Returns:
            The values of `curves`, and how many of what is `counted` there were.
        """
        ...


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A checked configuration, ready to run: so many trials of one kind."""

    record_type: ClassVar[type]
    """The dataclass of what is kept of a trial."""
    summary_type: ClassVar[type]
    """The dataclass of what is kept of all trials."""

    trial: Any
    """What is run: a `Trial`."""
    settings: Any
    """Settings with the fields `trials`, `seed` and `curve_interval`, and those of the kind of experiment."""
    budget: int | None
    """Where the clock stands when a trial that still runs is given up; None if all trials end by themselves."""
    resolved: str
    """The configuration it was read from, as JSON; every field that decides a result is in it."""

    @property
    def label(self) -> str:
        """What begins the name of the run's directory."""
        raise NotImplementedError

    @property
    def precision(self) -> str:
        """The type of weights and of all that is computed with them: "float32" or "float64"."""
        return "float32"

    @contextmanager
    def computing(self) -> Generator[None, None, None]:
        """A context in which JAX computes in this precision: what makes, advances or tests trials happens in it."""
        if self.precision == "float32":
            yield
            return
        # Whole numbers become int64 here and there, and meet others of int32.
        with jax.enable_x64(True), jax.numpy_dtype_promotion("standard"):
            yield

    @property
    def numbers(self) -> Any:
        """The trial with its numbers, which may differ from lane to lane, as arrays of one lane, `[]`."""
        return arrays(self.trial, precision=self.precision)

    @property
    def name(self) -> str:
        """The name of the run's directory: the label and a hash of the configuration."""
        return intact.named(self.label, self.resolved)

    @property
    def work(self) -> float:
        """About how much there is to compute, to compare jobs: steps of the clock of all trials, at most."""
        return self.settings.trials * float(self.budget or 1)

    @property
    def memory(self) -> dict[str, int]:
        """The least number of bytes for this and that, by words that can stand before "take so many": of all trials."""
        trials, interval = self.settings.trials, self.settings.curve_interval
        points = -(-(self.budget or 1) // interval)
        point = len(self.trial.curves) * np.dtype(self.trial.curve_type).itemsize
        return {
            f"weights and records of {trials:,} trials": trials
            * (np.dtype(self.precision).itemsize * self.trial.weight_count + RECORD),
            f"curves of {points:,} points of {trials:,} trials": trials * points * point,
        }

    def record(self, state: Any, lane: int, number: int) -> Any:
        """What is kept of the trial of this number, which is in this lane of a state and has ended or is given up.

        Returns:
            A dataclass of the type `record_type`; its attribute `solved` says whether the trial has succeeded.
        """
        raise NotImplementedError

    @property
    def net(self) -> dict[str, Any]:
        """What else somebody needs who makes nets of the weights that are kept: plain values."""
        return {}

    def weights(self, state: Any, lane: int) -> Any:
        """What the net of the trial in this lane has learned: a tree of arrays; None where nothing is kept of it.

        Called when `record` is, and for all trials alike.
        """
        return None

    def summarise(self, records: Sequence[Any], seconds: float) -> tuple[Any, ...]:
        """The figures of all trials, given their records in order and the seconds of work.

        Returns:
            Dataclasses of the type `summary_type`: one, or one for each stage of a criterion.
        """
        raise NotImplementedError
