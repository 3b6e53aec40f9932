"""Run experiments from directories and into them: one, or many that are lanes of one program.

While a run is going its directory holds a checkpoint; a run that was killed goes on from it and comes to the same
result, bit for bit, alone or in other company. Finished, the directory holds

    configuration.json   what was run
    trials.jsonl         one record per trial
    curves.npz           the curves of every trial, and where the clock stood at their points
    weights.safetensors  what the nets of all trials have learned, for kinds of experiments that keep it
    provenance.json      command, commit and machine, of every process that worked on it
    SHA256SUMS           checksums of all files
    summary.json         the figures of all trials; written last
"""

import dataclasses
import json
import time
from collections.abc import Generator, Hashable, Sequence
from contextlib import ExitStack
from pathlib import Path

import jax
import numpy as np
from jax.sharding import Mesh

from lstm_jax.compiled import program_ended
from lstm_jax.errors import InputError
from lstm_jax.results import files, intact, provenance
from lstm_jax.results.records import plain
from lstm_jax.safetensors import encoded
from lstm_jax.trees import by_name
from lstm_jax.trials import checkpoints, course, lanes
from lstm_jax.trials.course import Course, Entry
from lstm_jax.trials.protocol import Experiment

MOST = 1024
"""About the largest number of trials in one program, so that a point of all their curves does not take long."""


@dataclasses.dataclass(frozen=True)
class Point:
    """Where one run stands at a point of its curves."""

    clock: int
    """The clock of every trial that still runs."""
    solved: int
    running: int
    curves: dict[str, np.ndarray]
    """The values of every curve, `[trials]`; NaN for trials that had ended before."""


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where the runs of a program stand."""

    clock: int
    """The clock of every trial that still runs."""
    solved: int
    running: int
    """Number of trials of all runs that have not ended."""
    rate: float
    """How many of what a trial counts were made per second in the last chunk, by all trials together."""
    points: dict[int, Point]
    """The last point of each run that is going, by the run's index."""
    ended: tuple[int, ...] = ()
    """Indices of the runs whose results were written since the last chunk."""
    failed: dict[int, Exception] = dataclasses.field(default_factory=dict)
    """Why runs had to be given up since the last chunk, by their indices; the others go on."""


def run(
    experiment: Experiment,
    directory: Path,
    checkpoint_seconds: int | float = 10,
    devices: tuple[int, ...] | None = None,
) -> Generator[Progress, None, None]:
    """Run an experiment, yielding after every chunk: from its checkpoint if there is one, else from the start.

    A run that is finished is run again; `lstm_jax.jobs` leaves those alone.

    Args:
        experiment: what to run.
        directory: its own; a checkpoint in it is continued. The results are there when the iterator ends.
        checkpoint_seconds: the shortest time between two checkpoints, in seconds.
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
    structure = type(experiment), jax.tree.structure(experiment.trial)
    return structure, experiment.precision, experiment.budget, experiment.settings.curve_interval


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
        locks.callback(program_ended)
        failed: dict[int, Exception] = {}
        # Not around a yield: whoever takes what is yielded has a context of their own.
        computing = jobs[0][0].computing
        with computing():
            current = _open(jobs, failed, locks, over)
        if failed:
            yield dataclasses.replace(_progress(current, 0.0), failed=failed)
        saved, interval = time.monotonic(), checkpoint_seconds
        while current.entries or current.waiting:
            failed = {}
            with computing():
                course.join(current, over)
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
        data=first.trial.data(seeds, numbers),
    )
    end = 0
    for index, (experiment, directory) in enumerate(jobs):
        end += counts[index]
        entry = Entry(index, experiment, directory, slice(end - counts[index], end))
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
                current.entries.append(entry)
        except (InputError, OSError) as error:
            failed[index] = error
    current.waiting.sort(key=lambda waiting: waiting.clock)
    new = [np.arange(len(seeds))[entry.columns] for entry in current.entries]
    current.tiles = course.begin(current, np.concatenate(new), over) if new else []
    return current


def _chunk(current: Course, over: Mesh) -> float:
    """One point of the curves: advance all lanes, and record the trials that have ended.

    Returns:
        How many of what a trial counts were made per second, all trials together.
    """
    first = current.entries[0].experiment
    interval, budget = first.settings.curve_interval, first.budget
    chunk = interval if budget is None else min(interval, budget - current.clock)
    last = current.clock + chunk == budget
    started = time.monotonic()
    point, made = course.point(current, current.clock // interval), 0
    for tile in current.tiles:
        tile.state, sums = lanes.advance(tile.trial, tile.state, chunk, over)
        occupied = np.flatnonzero(tile.trial_of_lane >= 0)
        values, counted = first.trial.point(tile.state, sums)
        point[:, tile.trial_of_lane[occupied]] = values[:, occupied]
        made += int(counted[occupied].sum())
    seconds = time.monotonic() - started
    current.clock += chunk
    for tile in current.tiles:
        running = np.asarray(tile.state.running) & (not last)
        for lane in np.flatnonzero((tile.trial_of_lane >= 0) & ~running):
            column = int(tile.trial_of_lane[lane])
            entry = next(entry for entry in current.entries if entry.columns.start <= column < entry.columns.stop)
            number = column - entry.columns.start
            with jax.default_device(over.devices.flat[0]):
                entry.records[number] = entry.experiment.record(tile.state, int(lane), number)
                learned = entry.experiment.weights(tile.state, int(lane))
            if learned is not None:
                entry.weights[number] = {name: np.asarray(w) for name, w in by_name(learned).items()}
            tile.trial_of_lane[lane] = -1
    for entry in current.entries:
        entry.seconds += time.monotonic() - started
    return made / seconds


def _progress(current: Course, rate: float) -> Progress:
    entries = [*current.entries, *current.ended, *(waiting.entry for waiting in current.waiting)]
    ended = sum(len(entry.records) for entry in entries)
    running = sum(entry.experiment.settings.trials for entry in entries) - ended
    return Progress(current.clock, sum(entry.solved for entry in entries), running, rate, {})


def _points(current: Course) -> dict[int, Point]:
    def point(entry: Entry) -> Point:
        curves = dict(zip(current.trial.curves, last[:, entry.columns], strict=True))
        running = entry.experiment.settings.trials - len(entry.records)
        return Point(current.clock, entry.solved, running, curves)

    last = course.made(current)[-1]
    return {entry.index: point(entry) for entry in current.entries}


def _finish_those_done(current: Course, failed: dict[int, Exception]) -> tuple[int, ...]:
    """Write the results of runs all of whose trials have ended."""
    done = [entry for entry in current.entries if entry.done]
    for entry in done:
        try:
            _finish(entry, _curves(current, entry))
        except (InputError, OSError) as error:
            failed[entry.index] = error
    current.entries = [entry for entry in current.entries if not entry.done]
    current.ended += done
    return tuple(entry.index for entry in done if entry.index not in failed)


def _curves(current: Course, entry: Entry) -> np.ndarray:
    return np.stack(course.made(current), axis=1)[..., entry.columns]


def _finish(entry: Entry, curves: np.ndarray) -> None:
    experiment, directory = entry.experiment, entry.directory
    records = [entry.records[number] for number in sorted(entry.records)]
    clock = np.arange(1, curves.shape[1] + 1) * experiment.settings.curve_interval
    if experiment.budget is not None:
        clock = np.minimum(clock, experiment.budget)
    named = dict(zip(experiment.trial.curves, curves, strict=True))
    files.write_json_lines(directory / "trials.jsonl", map(plain, records))
    files.write_arrays(directory / "curves.npz", {experiment.trial.unit: clock} | named)
    _write_weights(entry)
    intact.finish(directory, list(map(plain, experiment.summarise(records, entry.seconds))))
    (directory / "checkpoint.npz").unlink(missing_ok=True)


def _write_weights(entry: Entry) -> None:
    """Write the weights of all trials, `[..., trials]`, with the configuration and the nets' sizes in the header."""
    path = entry.directory / intact.WEIGHTS
    # A checkpoint of a version that did not keep weights has none of the trials that had ended.
    if len(entry.weights) < len(entry.records):
        path.unlink(missing_ok=True)
        return
    header = {"configuration": entry.experiment.resolved, "net": json.dumps(entry.experiment.net)}
    files.write_bytes(path, encoded(entry.learned, header))
