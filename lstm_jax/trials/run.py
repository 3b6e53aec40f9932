"""Run experiments from directories and into them: one, or many that are lanes of one program.

While a run is going its directory holds a checkpoint; a run that was killed goes on from it and comes to the same
result, bit for bit, alone or in other company. Finished, the directory holds

    configuration.json   what was run
    trials.jsonl         a `TrialRecord` for each trial
    curves.npz           the learning curve of every trial: presentations, error, wrong_rate
    summary.json         the figures of the row, a `Summary` for each stage of its criterion
    provenance.json      command, commit and machine, of every process that worked on it
"""

import dataclasses
import time
from collections.abc import Generator, Hashable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from lstm_jax.errors import InputError
from lstm_jax.results import files, provenance
from lstm_jax.results.records import plain, typed
from lstm_jax.results.training import Measures, StageRecord, TrialRecord, summarise
from lstm_jax.tasks import data_of
from lstm_jax.trials import checkpoints, course, lanes
from lstm_jax.trials.course import Course, Run
from lstm_jax.trials.experiment import Experiment
from lstm_jax.trials.trial import Trial, TrialState, grown, test
from lstm_jax.types import Weights

TEST = 2**31 - 1
"""Branch of a trial's key that its test sequences come from."""

MOST = 1024
"""Trials that are run together at most, so that a point of all their curves does not take long."""


@dataclasses.dataclass(frozen=True)
class Point:
    """Where one run stands at a point of its learning curves."""

    presentations: int
    """Made by every trial that still runs."""
    solved: int
    running: int
    error: np.ndarray
    """Mean over the presentations since the last point, `[trials]`; NaN for trials that had ended before."""
    wrong_rate: np.ndarray
    """The share of wrong answers, likewise."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where the runs of a program stand."""

    presentations: int
    """Made by every trial that still runs."""
    solved: int
    running: int
    """Trials, of all runs."""
    rate: float
    """Presentations per second, all trials together, in the last chunk."""
    points: dict[int, Point]
    """Of the runs that are going, by their place."""
    ended: tuple[int, ...] = ()
    """Runs, by their place, whose results are there since the last chunk."""
    failed: dict[int, Exception] = dataclasses.field(default_factory=dict)
    """Runs, by their place, that had to be given up since the last chunk; the others go on."""


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
    for progress in run_together([(experiment, directory)], checkpoint_seconds, devices):
        for error in progress.failed.values():
            raise error
        yield progress


def alike(experiment: Experiment) -> Hashable:
    """Equal for experiments that can be run together: they differ in seeds, numbers of trials, and what varies."""
    structure = jax.tree.structure(experiment.trial)
    return structure, experiment.budget, experiment.settings.curve_interval


def run_together(
    jobs: Sequence[tuple[Experiment, Path]],
    checkpoint_seconds: int | float = 10,
    devices: tuple[int, ...] | None = None,
) -> Generator[Progress, None, None]:
    """Run experiments that are `alike` as lanes of one program. As `run`, but one that fails does not stop the others.

    Args:
        jobs: what to run, and where. Every one comes to the result that it comes to alone.
        checkpoint_seconds: as `run`.
        devices: as `run`.
    """
    over = lanes.mesh(devices)
    files.allow_many()
    with ExitStack() as locks:
        failed: dict[int, Exception] = {}
        current = _open(jobs, failed, locks, over)
        if failed:
            yield dataclasses.replace(_progress(current, 0.0), failed=failed)
        saved, interval = time.monotonic(), checkpoint_seconds
        while current.runs or current.waiting:
            course.join(current, over)
            failed = {}
            rate = _chunk(current, over)
            points = _points(current)
            ended = _finish_those_done(current, failed)
            if time.monotonic() - saved > interval:
                started = time.monotonic()
                checkpoints.save(current, failed)
                saved = time.monotonic()
                # Many directories take long: a twentieth of the time goes there, but at most 30 s are at stake.
                interval = max(checkpoint_seconds, min(30, 20 * (saved - started)))
            course.drop(current, failed)
            course.pack(current, over)
            yield dataclasses.replace(_progress(current, rate), points=points, ended=ended, failed=failed)


def _open(
    jobs: Sequence[tuple[Experiment, Path]], failed: dict[int, Exception], locks: ExitStack, over: Mesh
) -> Course:
    """Take the directories, read their checkpoints, and start what has none."""
    first = jobs[0][0]
    counts = [experiment.settings.trials for experiment, _ in jobs]
    seeds = np.repeat([experiment.settings.seed for experiment, _ in jobs], counts)
    numbers = np.concatenate([np.arange(count) for count in counts])
    current = Course(
        trial=jax.tree.map(
            lambda *values: np.repeat(np.stack(values), counts), *(experiment.numbers for experiment, _ in jobs)
        ),
        seeds=seeds,
        numbers=numbers,
        data=data_of(first.trial.task, seeds, numbers),
    )
    end = 0
    for place, (experiment, directory) in enumerate(jobs):
        end += counts[place]
        entry = Run(place, experiment, directory, slice(end - counts[place], end))
        try:
            files.directory(directory, "folder")
            locks.enter_context(files.locked(directory))
            checkpoint = directory / "checkpoint.npz"
            waiting = checkpoints.load(current, entry, checkpoint, over) if checkpoint.exists() else None
            provenance.note(directory, continued=waiting is not None)
            files.write_text(directory / "configuration.json", experiment.resolved + "\n")
            (directory / "summary.json").unlink(missing_ok=True)
            if waiting:
                current.waiting.append(waiting)
            else:
                current.runs.append(entry)
        except (InputError, OSError) as error:
            failed[place] = error
    current.waiting.sort(key=lambda waiting: waiting.clock)
    new = [np.arange(len(seeds))[entry.columns] for entry in current.runs]
    current.blocks = course.begin(current, np.concatenate(new), over) if new else []
    return current


def _chunk(current: Course, over: Mesh) -> float:
    """One point of the learning curves: advance all lanes, and record the trials that have ended.

    Returns:
        Presentations per second, all trials together.
    """
    first = current.runs[0].experiment
    left = first.budget - current.clock
    chunk = min(first.settings.curve_interval, left)
    started = time.monotonic()
    point, made = course.point(current, current.clock // first.settings.curve_interval), 0
    for block in current.blocks:
        block.state, sums = lanes.advance(block.trial, block.state, chunk, over)
        occupied = np.flatnonzero(block.trial_of_lane >= 0)
        error, wrong, shown = (np.asarray(x)[occupied] for x in sums)
        point[:, block.trial_of_lane[occupied]] = np.stack([error, wrong]) / shown
        made += int(shown.sum())
    seconds = time.monotonic() - started
    current.clock += chunk
    for block in current.blocks:
        running = np.asarray(block.state.running) & (chunk < left)
        for lane in np.flatnonzero((block.trial_of_lane >= 0) & ~running):
            column = int(block.trial_of_lane[lane])
            entry = next(entry for entry in current.runs if entry.columns.start <= column < entry.columns.stop)
            trial = column - entry.columns.start
            entry.records[trial] = _record(entry.experiment, block.state, int(lane), trial, over)
            block.trial_of_lane[lane] = -1
    for entry in current.runs:
        entry.seconds += time.monotonic() - started
    return made / seconds


def _record(experiment: Experiment, state: TrialState, lane: int, trial: int, over: Mesh) -> dict[str, Any]:
    """What is kept of a trial that has ended: every stage it reached and its end, tested on fresh sequences."""
    solved_at = np.asarray(state.solved_at)[:, lane].tolist()

    def tested(weights: Weights) -> Measures:
        own, data = jax.tree.map(lambda w: np.asarray(w)[..., lane], (weights, state.data))
        settings = experiment.settings
        with jax.default_device(over.devices.flat[0]):
            results = _tested(experiment.numbers, own, settings.seed, trial, data, settings.test_sequences)
            results = jax.device_get(results)
        return Measures(**{name: value.item() for name, value in results.items()})

    results = [tested(weights) if at else None for at, weights in zip(solved_at, state.solutions, strict=True)]
    criterion = experiment.trial.criterion
    stages = tuple(
        StageRecord(stage.sentence, stage.short, at - criterion.uncounted if at else None, result)
        for stage, at, result in zip(criterion.stages, solved_at, results, strict=True)
    )
    return plain(
        TrialRecord(
            row=experiment.settings.row,
            seed=experiment.settings.seed,
            trial=trial,
            stages=stages,
            diverged=stages[-1].presentations is None and not bool(np.asarray(state.running)[lane]),
            # A trial that has succeeded ends there.
            end=results[-1] or tested(grown(experiment.trial, state)),
        )
    )


@partial(jax.jit, static_argnames="sequences")
def _tested(of: Trial, weights: Weights, seed, trial, data, sequences: int):
    key = jax.random.fold_in(lanes.trial_key(seed, trial), TEST)
    return test(of, weights, key, data, sequences)


def _progress(current: Course, rate: float) -> Progress:
    runs = [*current.runs, *current.over, *(waiting.run for waiting in current.waiting)]
    records = [record for entry in runs for record in entry.records.values()]
    solved = sum(record["stages"][-1]["presentations"] is not None for record in records)
    running = sum(entry.experiment.settings.trials for entry in runs) - len(records)
    return Progress(current.clock, solved, running, rate, {})


def _points(current: Course) -> dict[int, Point]:
    def point(entry: Run) -> Point:
        ends = [record["stages"][-1]["presentations"] for record in entry.records.values()]
        solved = sum(at is not None for at in ends)
        error, wrong = last[:, entry.columns]
        return Point(current.clock, solved, entry.experiment.settings.trials - len(ends), error, wrong)

    last = course.made(current)[-1]
    return {entry.place: point(entry) for entry in current.runs}


def _finish_those_done(current: Course, failed: dict[int, Exception]) -> tuple[int, ...]:
    """Write the results of runs all of whose trials have ended."""
    done = [entry for entry in current.runs if entry.done]
    for entry in done:
        try:
            _finish(entry, _curves(current, entry))
        except (InputError, OSError) as error:
            failed[entry.place] = error
    current.runs = [entry for entry in current.runs if not entry.done]
    current.over += done
    return tuple(entry.place for entry in done if entry.place not in failed)


def _curves(current: Course, entry: Run) -> np.ndarray:
    return np.stack(course.made(current), axis=1)[..., entry.columns]


def _finish(entry: Run, curves: np.ndarray) -> None:
    experiment, directory = entry.experiment, entry.directory
    records = [entry.records[trial] for trial in sorted(entry.records)]
    error, wrong_rate = curves
    presentations = np.minimum(np.arange(1, len(error) + 1) * experiment.settings.curve_interval, experiment.budget)
    files.write_json_lines(directory / "trials.jsonl", records)
    files.write_arrays(
        directory / "curves.npz", {"presentations": presentations, "error": error, "wrong_rate": wrong_rate}
    )
    summaries = summarise(
        typed(TrialRecord, records, directory / "checkpoint.npz", experiment.trial.criterion.stages),
        weights=experiment.trial.network.weight_count,
        budget=experiment.budget,
        test_sequences=experiment.settings.test_sequences,
        seconds=entry.seconds,
    )
    # Last: where it stands, the run is finished.
    files.write_json(directory / "summary.json", [plain(summary) for summary in summaries])
    (directory / "checkpoint.npz").unlink(missing_ok=True)
