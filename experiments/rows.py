"""Run rows, several at once: progress bars, then one table, its files and its figure."""

import dataclasses
import json
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Annotated, Any

import jax
import numpy as np
from omegaconf import DictConfig, OmegaConf
from pydantic import Field
from rich.console import Console, RenderableType
from rich.progress import Progress

from experiments.progress import progress
from lstm_jax import trackers
from lstm_jax.configuration import build, checked
from lstm_jax.errors import InputError
from lstm_jax.report.columns import terminal
from lstm_jax.report.table import COLUMNS, document, notes
from lstm_jax.results import files, runs
from lstm_jax.results.records import finished, plain
from lstm_jax.results.training import Summary
from lstm_jax.trackers import Tracker, TrackerSettings
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import lanes
from lstm_jax.trials.protocol import Experiment
from lstm_jax.trials.run import MOST, alike, run_together


@checked
class Output:
    """Where results go and how: nothing here changes them."""

    folder: Annotated[str, Field(min_length=1)]
    checkpoint_seconds: Annotated[float, Field(ge=0)]
    again: bool
    study: str | None = None
    """The sweep that the run is part of."""


Result = tuple[Any, ...] | Exception
"""What a job came to: its summaries (of a row one for each stage), or the exception that ended it."""

UNTRACKED = {"name": "none"}
"""The tracker of programs that have no choice of one."""

OUTPUT = tuple(field.name for field in dataclasses.fields(Output))


@dataclasses.dataclass(frozen=True)
class Job:
    """One experiment to run."""

    label: str
    experiment: Experiment
    directory: Path
    output: Output
    tracker: TrackerSettings


def table_and_notes(summaries: Sequence[Summary]) -> list[RenderableType]:
    """Every stage of every row beside the paper's, and what a reader has to know."""
    return [terminal(COLUMNS, summaries), *notes(summaries)]


def run_rows(
    configs: Sequence[DictConfig],
    tell: Callable[[Sequence[Summary]], list[RenderableType]] = table_and_notes,
) -> list[Summary]:
    """Check all configurations, run what is not finished yet, print and write the table.

    Args:
        configs: one for each row.
        tell: what to print of the summaries.

    Returns:
        What is in `summary.json`, which stands in the runs' common folder beside `summary.md` and `curves.png`.
    """
    jobs = [read(config) for config in configs]
    folder = files.directory(Path(jobs[0].output.folder), "folder")
    console = Console()
    summaries = [stage for row in run_jobs(jobs, console) for stage in row]
    for part in tell(summaries):
        console.print(part, highlight=False)
    files.write_json(folder / "summary.json", list(map(plain, summaries)))
    files.write_text(folder / "summary.md", document(summaries))
    from lstm_jax.report.figures import learning_curves  # half a second that the start need not wait for

    learning_curves([runs.read(job.directory) for job in jobs], folder / "curves.png")
    console.print(f"Written to {folder}: summary.json, summary.md, curves.png, and each row's own directory.")
    return summaries


def read(config: DictConfig, label: str = "") -> Job:
    """Check the composed configuration of a row; `label` names it in progress bars, by default its row.

    Raises:
        InputError: something in it is not allowed.
    """
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    return as_job(node, experiments.read, label)


def as_job(node: dict[str, Any], read: Callable[[dict[str, Any]], Experiment], label: str = "") -> Job:
    """Check a resolved configuration of an experiment and of where it goes.

    Args:
        node: plain values.
        read: checks what is left when `Output` and `tracker` have been taken from it.
        label: what names it in progress bars, by default the experiment's own label.

    Raises:
        InputError: something in it is not allowed.
    """
    output = build(Output, {name: node[name] for name in OUTPUT if name in node}, "")
    tracker = trackers.read(node.get("tracker"))
    experiment = read({name: value for name, value in node.items() if name not in (*OUTPUT, "tracker")})
    return Job(label or experiment.label, experiment, Path(output.folder) / experiment.name, output, tracker)


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
        The place of a job and its summaries, or what ended it, as soon as it has ended.
    """
    if not jobs:
        return
    places: dict[Path, list[int]] = {}
    for i, job in enumerate(jobs):
        places.setdefault(job.directory, []).append(i)
    waiting, continued = [], 0
    for same in places.values():
        job = jobs[same[0]]
        try:
            before = () if job.output.again else finished(job.experiment.summary_type, job.directory)
        except InputError as error:
            yield from ((i, error) for i in same)
            continue
        if not before:
            waiting.append(job)
            continued += (job.directory / "checkpoint.npz").exists()
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
            "finished before": len(places) - len(waiting),
            "continued": continued,
            "new": len(waiting) - continued,
        }
        words = ", ".join(f"{count:,} {word}" for word, count in counts.items())
        console.print(f"{len(places):,} runs: {words} (again=true runs all again).", highlight=False)
    tracker = trackers.start(jobs[0].tracker, Path(jobs[0].output.folder))
    try:
        with progress(console) as bars:
            for job, result in _run_programs(programs(waiting), bars, tracker):
                yield from ((i, result) for i in places[job.directory])
    finally:
        tracker.close()


def programs(jobs: Sequence[Job]) -> list[list[Job]]:
    """Put jobs together that can be lanes of one program.

    More trials than all devices advance at once are divided among them, a program or more for each device: while one
    program writes what has ended, the others compute.
    """
    groups: dict[Any, list[Job]] = {}
    for job in jobs:
        groups.setdefault(alike(job.experiment), []).append(job)
    return [
        [group[i] for i in part]
        for group in groups.values()
        for part in divided(
            [job.experiment.settings.trials for job in group],
            len(jax.devices()),
            lanes.block(group[0].experiment.trial, lanes.mesh((0,))),
        )
    ]


def divided(trials: Sequence[int], devices: int, at_once: int) -> list[list[int]]:
    """Divide jobs among programs of about as many trials each: `MOST`, or not much more.

    They stay one program, which all devices share, if those can advance all trials at once, or if jobs are too few and
    too large to give every device as much to do (within a quarter).

    Args:
        trials: of each job.
        devices: how many there are.
        at_once: how many trials one of them advances at once.

    Returns:
        For each program the places of its jobs.
    """
    counts = np.array(trials)
    total, most = counts.sum(), max(MOST, at_once)
    programs = devices * -(-total // (devices * most))
    place = (counts.cumsum() - counts) * programs // total
    uneven = np.bincount(place, counts).max() * programs > 1.25 * total
    if total <= most and (total <= devices * at_once or uneven):
        place = np.zeros_like(place)
    return [np.flatnonzero(place == program).tolist() for program in np.unique(place)]


def _run_programs(
    groups: Sequence[Sequence[Job]], bars: Progress, tracker: Tracker
) -> Generator[tuple[Job, Result], None, None]:
    stop = Event()
    devices: Queue[tuple[int, ...] | None] = Queue()
    for place in [None] if len(groups) <= 1 else [(i,) for i in range(len(jax.devices()))]:
        devices.put(place)
    reports: Queue[tuple[Job, Result] | None] = Queue()

    def work(group: Sequence[Job]) -> None:
        place = devices.get()
        try:
            for report in _run(group, place, bars, stop, tracker):
                reports.put(report)
        finally:
            devices.put(place)
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


def _run(
    group: Sequence[Job], devices: tuple[int, ...] | None, bars: Progress, stop: Event, tracker: Tracker
) -> Generator[tuple[Job, Result], None, None]:
    """Run the jobs of one program."""
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
        for place, point in now.points.items():
            tracker.point(group[place].experiment.name, point)
        for place in now.ended:
            tracker.end(group[place].experiment.name, group[place].directory)
            yield group[place], finished(first.summary_type, group[place].directory)
        for place, error in now.failed.items():
            yield group[place], error
        if stop.is_set():
            return
        ended = f"{now.solved}/{trials} solved"
    bars.update(bar, total=bars.tasks[bar].completed, status=ended)
