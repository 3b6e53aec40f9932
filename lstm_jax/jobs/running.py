"""Run jobs, several at once, and show how far they are; what is finished is not run again."""

import json
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import jax
from rich.console import Console
from rich.progress import Progress

from lstm_jax import trackers
from lstm_jax.errors import InputError
from lstm_jax.jobs.bars import progress
from lstm_jax.jobs.job import Job
from lstm_jax.jobs.programs import programs
from lstm_jax.own_code import blamed
from lstm_jax.results import files
from lstm_jax.results.records import finished
from lstm_jax.trackers import Tracker
from lstm_jax.trials.engine import run_together

Result = tuple[Any, ...] | Exception
"""What came of a job: its summaries (of a row one for each stage), or the exception that ended it."""


def run_jobs(jobs: Sequence[Job], console: Console) -> list[tuple[Any, ...]]:
    """Run all jobs that are not finished yet.

    Returns:
        For every job its summaries; of a row one for each stage.

    Raises:
        InputError: a job failed; the others have been finished all the same.
    """
    results = dict(outcomes(jobs, console))
    for result in results.values():
        if isinstance(result, Exception):
            raise result
    return [result for i in range(len(jobs)) if isinstance(result := results[i], tuple)]


def outcomes(jobs: Sequence[Job], console: Console) -> Generator[tuple[int, Result], None, None]:
    """Run all jobs that are not finished yet and show how far they are, those that are alike as lanes of one program.

    A single program runs on all devices; of several each runs on one: a row of the paper has too few trials to fill
    more, and two on one device each take half as long as one after the other on both.

    Yields:
        The index of a job and its summaries, or what ended it, as soon as it has ended.
    """
    if not jobs:
        return
    indices: dict[Path, list[int]] = {}
    for i, job in enumerate(jobs):
        indices.setdefault(job.directory, []).append(i)
    waiting, continued = [], 0
    for same in indices.values():
        job = jobs[same[0]]
        try:
            before = () if job.output.again else _before(job)
            begun = not before and _begun(job)
        except (InputError, OSError) as error:
            yield from ((i, error) for i in same)
            continue
        if not before:
            waiting.append(job)
            continued += begun
        else:
            if len(jobs) == 1:
                console.print(
                    f"{job.label}: finished before, in {job.directory} (again=true runs it again)", highlight=False
                )
            yield from ((i, before) for i in same)
    if len(jobs) == 1 and continued:
        console.print(f"{jobs[0].label}: continued from its checkpoint in {jobs[0].directory}.", highlight=False)
    if len(jobs) > 1:
        counts = {
            "finished before": len(indices) - len(waiting),
            "continued": continued,
            "new": len(waiting) - continued,
        }
        words = ", ".join(f"{count:,} {word}" for word, count in counts.items())
        console.print(f"{len(indices):,} runs: {words} (again=true runs all again).", highlight=False)
    tracker = trackers.start(jobs[0].trackers, Path(jobs[0].output.folder))
    try:
        with progress(console) as bars:
            for job, result in _run_programs(programs(waiting), bars, tracker):
                yield from ((i, result) for i in indices[job.directory])
    finally:
        tracker.close()


def _before(job: Job) -> tuple[Any, ...]:
    """The summaries of a run that is finished."""
    found = finished(job.experiment.summary_type, job.directory, job.experiment.record_type)
    if found:  # a process may have been killed when it wrote what is read of it
        files.tidy(job.directory)
    return found


def _begun(job: Job) -> bool:
    """Whether there is a checkpoint to continue from.

    Raises:
        InputError: it is cut short or something else, another process runs there, or nobody can write there: that is
            told before anything is said to have begun.
    """
    path = job.directory / "checkpoint.npz"
    if not job.directory.exists():
        return False
    with files.locked(files.directory(job.directory, "folder")):
        if path.exists():
            files.check_arrays(path)
        return path.exists()


def _run_programs(
    groups: Sequence[Sequence[Job]], bars: Progress, tracker: Tracker
) -> Generator[tuple[Job, Result], None, None]:
    stop = Event()
    devices: Queue[tuple[int, ...] | None] = Queue()
    for chosen in [None] if len(groups) <= 1 else [(i,) for i in range(len(jax.devices()))]:
        devices.put(chosen)
    reports: Queue[tuple[Job, Result] | None] = Queue()

    def work(group: Sequence[Job]) -> None:
        chosen = devices.get()
        try:
            for report in _run(group, chosen, bars, stop, tracker):
                reports.put(report)
        finally:
            devices.put(chosen)
            reports.put(None)

    with ThreadPoolExecutor(devices.qsize()) as pool:
        running = [pool.submit(work, group) for group in groups]
        try:
            left = len(running)
            while left:
                report = reports.get()
                if report is None:
                    left -= 1
                else:
                    yield report
            for group in running:
                group.result()
        finally:
            # Reached with work left to do only by an error or Ctrl-C: what is on disk is continued next time.
            stop.set()
            pool.shutdown(cancel_futures=True)


def _run(group: Sequence[Job], *rest: Any) -> Generator[tuple[Job, Result], None, None]:
    """Run the jobs of one program, as `_advance`; what code of the user's raises ends these jobs and no others."""
    left = {job.directory: job for job in group}
    try:
        for job, result in _advance(group, *rest):
            del left[job.directory]
            yield job, result
    except Exception as error:
        told = blamed(error)
        if told is None:
            raise
        yield from ((job, told) for job in left.values())


def _advance(
    group: Sequence[Job], devices: tuple[int, ...] | None, bars: Progress, stop: Event, tracker: Tracker
) -> Generator[tuple[Job, Result], None, None]:
    """Run the jobs of one program, and show how far they are."""
    trials = sum(job.experiment.settings.trials for job in group)
    first = group[0].experiment
    label = group[0].label if len(group) == 1 else f"{first.label}, {len(group)} runs"
    bar = bars.add_task(label, total=first.budget or trials, status="compiling")
    for job in group:
        tracker.begin(job.experiment.name, json.loads(job.experiment.resolved))
    ended = ""
    checkpoint_seconds = min(job.output.checkpoint_seconds for job in group)
    for now in run_together([(job.experiment, job.directory) for job in group], checkpoint_seconds, devices):
        status = f"{now.solved}/{trials} solved, {now.rate:,.0f} {first.trial.counted}/s"
        bars.update(bar, completed=now.clock if first.budget else trials - now.running, status=status)
        for index, point in now.points.items():
            tracker.point(group[index].experiment.name, point)
        for index in now.ended:
            tracker.end(group[index].experiment.name, group[index].directory)
            yield group[index], finished(first.summary_type, group[index].directory)
        for index, error in now.failed.items():
            yield group[index], error
        if stop.is_set():
            return
        ended = f"{now.solved}/{trials} solved"
    bars.update(bar, total=bars.tasks[bar].completed, status=ended)
