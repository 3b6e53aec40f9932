"""Run rows, several at once: progress bars, then one table, its files and its figure."""

import dataclasses
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lstm_jax.configuration import build, configuration
from lstm_jax.report.table import markdown, notes, rich_table
from lstm_jax.results import files
from lstm_jax.runtime import cores
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.experiment import Experiment
from lstm_jax.trials.run import finished, run


@configuration
class Output:
    """Where results go and how: nothing here changes them."""

    folder: Annotated[str, Field(min_length=1)]
    checkpoint_seconds: Annotated[float, Field(ge=0)]
    again: bool


OUTPUT = tuple(field.name for field in dataclasses.fields(Output))


@dataclasses.dataclass(frozen=True)
class Job:
    """One row to run."""

    label: str
    experiment: Experiment
    directory: Path
    output: Output


def run_rows(configs: Sequence[DictConfig]) -> list[dict[str, Any]]:
    """Check all configurations, run what is not finished yet, print and write the table.

    Returns:
        The objects of `summary.json`, which stands in the runs' common folder beside `summary.md` and `curves.png`.
    """
    jobs = [read(config) for config in configs]
    folder = files.directory(Path(jobs[0].output.folder), "folder")
    console = Console()
    summaries = [stage for row in run_jobs(jobs, console) for stage in row]
    console.print(rich_table(summaries))
    for note in notes(summaries):
        console.print(note, highlight=False)
    files.write_text(folder / "summary.json", json.dumps(summaries, indent=1) + "\n")
    files.write_text(folder / "summary.md", markdown(summaries))
    from lstm_jax.report.figures import learning_curves  # half a second that the start need not wait for

    learning_curves([job.directory for job in jobs], folder / "curves.png")
    console.print(f"Written to {folder}: summary.json, summary.md, curves.png, and each row's own directory.")
    return summaries


def read(config: DictConfig, label: str = "") -> Job:
    """Check a composed configuration; `label` names it in progress bars, by default its row.

    Raises:
        InputError: something in it is not allowed.
    """
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    output = build(Output, {name: node.pop(name) for name in OUTPUT}, "")
    experiment = experiments.read(node)
    return Job(label or experiment.settings.row, experiment, Path(output.folder) / experiment.name, output)


def run_jobs(jobs: Sequence[Job], console: Console) -> list[list[dict[str, Any]]]:
    """Run all jobs that are not finished yet under progress bars: a single one on all devices, else one on each.

    A row of the paper has too few trials to fill several devices: two rows on one each take half as long as one after
    the other on both.

    Returns:
        For every job its summary, one object per stage.
    """
    stop = Event()
    waiting = sum(job.output.again or finished(job.directory) is None for job in jobs)
    places: Queue[tuple[int, ...] | None] = Queue()
    for place in [None] if waiting <= 1 else [(i,) for i in range(cores())]:
        places.put(place)

    def work(job: Job) -> list[dict[str, Any]]:
        place = places.get()
        try:
            return _run(job, place, bars, stop)
        except BaseException:
            stop.set()
            raise
        finally:
            places.put(place)

    with _bars(console) as bars, ThreadPoolExecutor(places.qsize()) as pool:
        running = [pool.submit(work, job) for job in jobs]
        try:
            return [job.result() for job in running]
        finally:
            # Reached with work left to do only by an error or Ctrl-C: what is on disk is continued next time.
            stop.set()
            pool.shutdown(cancel_futures=True)


def _run(job: Job, devices: tuple[int, ...] | None, bars: Progress, stop: Event) -> list[dict[str, Any]]:
    """Run one row, unless it is finished."""
    summary = None if job.output.again else finished(job.directory)
    if summary is not None:
        bars.console.print(
            f"{job.label}: finished before, in {job.directory} (again=true runs it again)", highlight=False
        )
        return summary
    trials = job.experiment.settings.trials
    bar = bars.add_task(job.label, total=job.experiment.budget, status="compiling")
    for progress in run(job.experiment, job.directory, job.output.checkpoint_seconds, devices):
        status = f"{progress.solved}/{trials} solved, {progress.rate:,.0f} presentations/s"
        bars.update(bar, completed=progress.presentations, status=status)
        if stop.is_set():
            return []
    bars.update(bar, total=bars.tasks[bar].completed)
    result = finished(job.directory)
    assert result is not None
    return result


def _bars(console: Console) -> Progress:
    """The bar counts towards the budget, so that the time left is the longest possible."""
    return Progress(
        TextColumn("{task.description:>5}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[status]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
    )
