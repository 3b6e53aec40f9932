"""The lanes of runs that are going on together: which trial is in which, who waits for whom, who has left."""

import dataclasses
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from lstm_jax.trials import lanes
from lstm_jax.trials.protocol import Experiment


@dataclasses.dataclass
class Entry:
    """One run among those of a program, and all that its checkpoint holds besides the states of its lanes."""

    index: int
    experiment: Experiment
    directory: Path
    columns: slice
    """The run's trials, as a slice of those of all runs."""
    records: dict[int, Any] = dataclasses.field(default_factory=dict)
    weights: dict[int, dict[str, np.ndarray]] = dataclasses.field(default_factory=dict)
    """What the nets of trials that have ended have learned, by names; nothing where none is kept."""
    seconds: float = 0.0

    @property
    def learned(self) -> dict[str, np.ndarray]:
        """`weights` as one array for each name, `[..., trials]`: of trials that have ended, by rising number."""
        nets = [self.weights[number] for number in sorted(self.weights)]
        return {name: np.stack([net[name] for net in nets], axis=-1) for name in nets[0]} if nets else {}

    @property
    def done(self) -> bool:
        """Whether all its trials have ended."""
        return len(self.records) == self.experiment.settings.trials

    @property
    def solved(self) -> int:
        """Number of trials that have succeeded."""
        return sum(record.solved for record in self.records.values())


@dataclasses.dataclass
class Tile:
    """Lanes that are advanced together."""

    trial: Any
    """The trial, with its numbers for every lane, `[lanes]`."""
    state: Any
    trial_of_lane: np.ndarray
    """Which of the trials of all runs is in each lane, `[lanes]`; -1 once its record is made, and for padding."""


@dataclasses.dataclass
class Waiting:
    """A run whose checkpoint was made at a later clock than the others have reached."""

    entry: Entry
    clock: int
    state: Any
    trials: np.ndarray
    """Which of the trials of all runs is in each lane, `[lanes]`; -1 for none."""


@dataclasses.dataclass
class Course:
    """All that changes while runs are going."""

    trial: Any
    """The trial of all runs; its leaves are the numbers in which they may differ, `[trials]`."""
    seeds: np.ndarray
    """The seed of every trial of all runs, `[trials]`."""
    numbers: np.ndarray
    """The number of every trial in its run, `[trials]`."""
    data: tuple[Any, ...]
    """What every trial keeps: trees of arrays `[..., trials]`."""
    entries: list[Entry] = dataclasses.field(default_factory=list)
    """Runs that are going."""
    waiting: list[Waiting] = dataclasses.field(default_factory=list)
    """Runs that wait until the others have reached their clock, by rising clock."""
    ended: list[Entry] = dataclasses.field(default_factory=list)
    """Runs that have ended."""
    tiles: list[Tile] = dataclasses.field(default_factory=list)
    clock: int = 0
    """The clock of every trial that runs."""
    points: list[np.ndarray] = dataclasses.field(default_factory=list)
    """The values of the curves at every point, `[curves, trials]`; NaN for trials that have ended. Runs that wait have
    their points already; see `made`."""


def begin(current: Course, columns: np.ndarray, over: Mesh) -> list[Tile]:
    """Start some trials, `[trials]` integers: their indices among those of all runs."""
    tiles = []
    for here in lanes.tiles(columns, current.trial, over):
        own, data = jax.tree.map(lambda x, here=here: np.asarray(x)[..., here], (current.trial, current.data))
        trial, state = lanes.begin(own, current.seeds[here], current.numbers[here], over, data)
        tiles.append(Tile(trial, state, trials_of_lanes(here, state)))
    return tiles


def trials_of_lanes(columns: np.ndarray, state: Any) -> np.ndarray:
    """The trial of every lane, -1 for padding."""
    return np.pad(columns, (0, len(state.running) - len(columns)), constant_values=-1)


def join(current: Course, over: Mesh) -> None:
    """Let runs take part whose clock the others have reached."""
    if not current.tiles and current.waiting:
        current.clock = current.waiting[0].clock
    ready = [waiting for waiting in current.waiting if waiting.clock == current.clock]
    if not ready:
        return
    current.waiting = current.waiting[len(ready) :]
    current.entries += [waiting.entry for waiting in ready]
    arrange(current, [(waiting.state, waiting.trials) for waiting in ready], over)


def arrange(current: Course, more: list[tuple[Any, np.ndarray]], over: Mesh) -> None:
    """Put the lanes that are occupied, and more, into as few tiles as possible."""
    states = [tile.state._replace(data=()) for tile in current.tiles]
    joined = lanes.join([*states, *(state for state, _ in more)])
    of_lane = np.concatenate([*(tile.trial_of_lane for tile in current.tiles), *(trials for _, trials in more)])
    occupied = np.flatnonzero(of_lane >= 0)
    data = jax.tree.map(lambda x: np.asarray(x)[..., of_lane], current.data)
    current.tiles = []
    for chosen in lanes.tiles(occupied, current.trial, over):
        state = lanes.keep(joined._replace(data=data), chosen, over, lanes.vector(current.trial))
        trials = trials_of_lanes(of_lane[chosen], state)
        current.tiles.append(Tile(lanes.of_trials(current.trial, trials, over), state, trials))


def pack(current: Course, over: Mesh) -> None:
    """Drop lanes whose trials have ended, where that saves work."""
    taken = sum(len(tile.trial_of_lane) for tile in current.tiles)
    left = int(sum((tile.trial_of_lane >= 0).sum() for tile in current.tiles))
    if left == 0:
        current.tiles = []
        return
    # Moving lanes costs time for each of them, so that it has to save an eighth of them: a tile of few, some of many.
    enough = min(taken // 2, max(lanes.tile(current.trial, over), taken // 8))
    if taken - lanes.width(left, over, lanes.vector(current.trial)) >= enough:
        arrange(current, [], over)


def drop(current: Course, failed: dict[int, Exception]) -> None:
    """Go on without runs that failed, by their index."""
    for entry in current.entries:
        if entry.index in failed:
            for tile in current.tiles:
                own = (tile.trial_of_lane >= entry.columns.start) & (tile.trial_of_lane < entry.columns.stop)
                tile.trial_of_lane[own] = -1
    current.entries = [entry for entry in current.entries if entry.index not in failed]


def made(current: Course) -> list[np.ndarray]:
    """The points of the curves that have been made; of runs that wait there may be more."""
    interval = current.entries[0].experiment.settings.curve_interval
    return current.points[: -(-current.clock // interval)]


def point(current: Course, i: int) -> np.ndarray:
    """Point number `i` of the curves, `[curves, trials]`; NaN until it is made."""
    while len(current.points) <= i:
        shape = (len(current.trial.curves), len(current.seeds))
        current.points.append(np.full(shape, np.nan, current.trial.curve_type))
    return current.points[i]
