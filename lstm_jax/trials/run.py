"""Run all trials of an experiment, from a directory and into it.

While a run is going the directory holds a checkpoint; a run that was killed goes on from it and comes to the same
result, bit for bit. Finished, the directory holds

    configuration.json   what was run
    trials.jsonl         one record per trial
    curves.npz           the learning curve of every trial: presentations, error, wrong
    summary.json         the figures of the row, one object per stage of its criterion
    provenance.json      command, commit and machine
"""

import dataclasses
import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh

from lstm_jax.errors import InputError
from lstm_jax.results import files
from lstm_jax.results.provenance import describe
from lstm_jax.results.summary import summarise
from lstm_jax.trials import lanes
from lstm_jax.trials.experiment import Experiment
from lstm_jax.trials.trial import Hyperparameters, TrialState, grown, test
from lstm_jax.types import Weights

TEST = 2**31 - 1
"""Branch of a trial's key that its test sequences come from."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    presentations: int
    """Made by every trial that still runs."""
    solved: int
    running: int
    rate: float
    """Presentations per second, all trials together, in the last chunk."""


@dataclasses.dataclass
class _Course:
    """All that changes during a run, and all that a checkpoint holds."""

    state: TrialState
    trial_of_lane: np.ndarray
    """Which trial runs in each lane; -1 once its record is made, and for padding."""
    records: dict[int, dict[str, Any]]
    curves: list[tuple[np.ndarray, np.ndarray]]
    """At every point error and share of wrong answers, `[trials]` each, NaN for trials that have ended."""
    seconds: float


def run(
    experiment: Experiment,
    directory: Path,
    checkpoint_seconds: int | float = 10,
    devices: tuple[int, ...] | None = None,
) -> Generator[Progress, None, None]:
    """Run the trials of an experiment that are not yet done, yielding after every chunk.

    Args:
        experiment: what to run.
        directory: its own; a checkpoint in it is continued. The results are there when the iterator ends.
        checkpoint_seconds: the time between checkpoints, at least.
        devices: numbers of those to use; all by default. The result does not depend on them.

    Raises:
        InputError: a checkpoint is damaged or belongs to another configuration, the directory cannot be written, or
            another process runs in it.
    """
    files.directory(directory, "folder")
    with files.locked(directory):
        yield from _run(experiment, directory, checkpoint_seconds, lanes.mesh(devices))


def _run(experiment, directory, checkpoint_seconds, over) -> Generator[Progress, None, None]:
    checkpoint = directory / "checkpoint.npz"
    current = _load(experiment, checkpoint, over) if checkpoint.exists() else _begin(experiment, over)
    files.write_text(directory / "configuration.json", experiment.resolved + "\n")
    saved = time.monotonic()
    while len(current.records) < experiment.settings.trials:
        started = time.monotonic()
        rate = _chunk(experiment, current, over)
        current.seconds += time.monotonic() - started
        if time.monotonic() - saved > checkpoint_seconds:
            _save(experiment, current, checkpoint)
            saved = time.monotonic()
        yield _progress(experiment, current, rate)
    _finish(experiment, current, directory)
    checkpoint.unlink(missing_ok=True)


def finished(directory: Path) -> list[dict[str, Any]] | None:
    """The summary of a finished run in this directory, if there is one."""
    path = directory / "summary.json"
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text())
    except ValueError:
        raise InputError(f"{path} is damaged; remove it to start this run again.") from None


def _begin(experiment: Experiment, over: Mesh) -> _Course:
    trials = experiment.settings.trials
    hyperparameters = Hyperparameters(
        learning_rate=jnp.asarray(np.full(trials, experiment.learning_rate, np.float32)),
        weight_range=jnp.asarray(np.full(trials, experiment.settings.weight_range, np.float32)),
    )
    state = lanes.begin(experiment.trial, experiment.settings.seed, np.arange(trials), hyperparameters, over)
    trial_of_lane = np.full(state.running.shape, -1)
    trial_of_lane[:trials] = np.arange(trials)
    return _Course(state, trial_of_lane, {}, [], 0.0)


def _chunk(experiment: Experiment, current: _Course, over: Mesh) -> float:
    """One point of the learning curves: advance, record the lanes that have ended, drop lanes if that saves work.

    Returns:
        Presentations per second, all trials together.
    """
    left = experiment.budget - int(current.state.presentations)
    chunk = min(experiment.settings.curve_interval, left)
    started = time.monotonic()
    current.state, sums = lanes.advance(experiment.trial, current.state, chunk, over)
    error, wrong, made = (np.asarray(x) for x in sums)
    seconds = time.monotonic() - started
    occupied = np.flatnonzero(current.trial_of_lane >= 0)
    point = np.full((2, experiment.settings.trials), np.nan, np.float32)
    trials = current.trial_of_lane[occupied]
    point[:, trials] = np.stack([error, wrong])[:, occupied] / made[occupied]
    current.curves.append((point[0], point[1]))

    running = np.asarray(current.state.running) & (chunk < left)
    for lane in occupied[~running[occupied]]:
        trial = int(current.trial_of_lane[lane])
        current.records[trial] = _record(experiment, current.state, int(lane), trial)
        current.trial_of_lane[lane] = -1
    occupied = np.flatnonzero(current.trial_of_lane >= 0)
    if 0 < lanes.width(len(occupied), over) <= len(running) // 2:
        current.state = lanes.keep(current.state, occupied, over)
        kept = current.trial_of_lane[occupied]
        current.trial_of_lane = np.full(current.state.running.shape, -1)
        current.trial_of_lane[: len(kept)] = kept
    return float(made.sum() / seconds)


def _record(experiment: Experiment, state: TrialState, lane: int, trial: int) -> dict[str, Any]:
    """What is kept of a trial that has ended: every stage it reached and its end, tested on fresh sequences."""
    key = jax.random.fold_in(lanes.trial_key(experiment.settings.seed, trial), TEST)

    def tested(weights: Weights) -> dict[str, Any]:
        own, data = jax.tree.map(lambda w: np.asarray(w)[..., lane], (weights, state.data))
        results = _test(experiment.trial, own, key, data, experiment.settings.test_sequences)
        return {f"test_{name}": value.item() for name, value in results.items()}

    stages = []
    for i, name in enumerate(experiment.trial.criterion.stages):
        at = int(state.solved_at[i, lane])
        needed = at - experiment.trial.criterion.uncounted if at else None
        stages.append({"stage": name, "presentations": needed} | (tested(state.solutions[i]) if at else {}))
    return {
        "row": experiment.settings.row,
        "seed": experiment.settings.seed,
        "trial": trial,
        "stages": stages,
        "diverged": stages[-1]["presentations"] is None and not bool(state.running[lane]),
        "end": tested(grown(experiment.trial, state)),
    }


_test = jax.jit(test, static_argnums=(0, 4))


def _progress(experiment: Experiment, current: _Course, rate: float) -> Progress:
    solved = sum(record["stages"][-1]["presentations"] is not None for record in current.records.values())
    running = experiment.settings.trials - len(current.records)
    return Progress(int(current.state.presentations), solved, running, rate)


def _finish(experiment: Experiment, current: _Course, directory: Path) -> None:
    records = [current.records[trial] for trial in sorted(current.records)]
    error, wrong = (np.stack(column) for column in zip(*current.curves, strict=True))
    presentations = np.minimum(np.arange(1, len(error) + 1) * experiment.settings.curve_interval, experiment.budget)
    files.write_json_lines(directory / "trials.jsonl", records)
    files.write_arrays(directory / "curves.npz", {"presentations": presentations, "error": error, "wrong": wrong})
    summary = summarise(
        records,
        weights=experiment.trial.network.weight_count,
        budget=experiment.budget,
        test_sequences=experiment.settings.test_sequences,
        wall_seconds=current.seconds,
    )
    files.write_text(directory / "provenance.json", json.dumps(describe(), indent=1) + "\n")
    # Last: where it stands, the run is finished.
    files.write_text(directory / "summary.json", json.dumps(summary, indent=1) + "\n")


def _save(experiment: Experiment, current: _Course, path: Path) -> None:
    arrays = lanes.pack(current.state)
    error, wrong = (np.stack(column) for column in zip(*current.curves, strict=True))
    rest = {
        "resolved": experiment.resolved,
        "records": json.dumps(current.records),
        "trial_of_lane": current.trial_of_lane,
        "seconds": current.seconds,
    }
    arrays |= {name: np.asarray(value) for name, value in rest.items()}
    files.write_arrays(path, arrays | {"error": error, "wrong": wrong})


def _load(experiment: Experiment, path: Path, over: Mesh) -> _Course:
    arrays = files.read_arrays(path)
    if str(arrays.get("resolved")) != experiment.resolved:
        raise InputError(f"{path} belongs to another configuration; remove it to start this run again.")
    state = lanes.unpack(arrays, _begin(experiment, over).state, path)
    trial_of_lane = arrays["trial_of_lane"]
    padding = lanes.width(len(trial_of_lane), over) - len(trial_of_lane)
    return _Course(
        state=lanes.keep(state, np.arange(len(trial_of_lane)), over),
        trial_of_lane=np.pad(trial_of_lane, (0, padding), constant_values=-1),
        records={int(trial): record for trial, record in json.loads(str(arrays["records"])).items()},
        curves=list(zip(arrays["error"], arrays["wrong"], strict=True)),
        seconds=float(arrays["seconds"]),
    )
