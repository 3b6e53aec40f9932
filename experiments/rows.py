"""Run rows one after the other: progress bars, then one table, its files and its figure."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from omegaconf import DictConfig, OmegaConf
from pydantic import Field
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from lstm_jax.configuration import build, configuration
from lstm_jax.report.table import markdown, notes, rich_table
from lstm_jax.results import files
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


def run_rows(configs: Sequence[DictConfig]) -> list[dict[str, Any]]:
    """Check all configurations, run what is not finished yet, print and write the table.

    Returns:
        The objects of `summary.json`, which stands in the runs' common folder beside `summary.md` and `curves.png`.
    """
    checked = [_read(config) for config in configs]
    folder = files.directory(Path(checked[0][1].folder), "folder")
    console = Console()
    summaries, directories = [], []
    with _bars(console) as bars:
        for experiment, output in checked:
            directories.append(folder / experiment.name)
            summaries += _run(experiment, output, directories[-1], bars)
    console.print(rich_table(summaries))
    for note in notes(summaries):
        console.print(note, highlight=False)
    files.write_text(folder / "summary.json", json.dumps(summaries, indent=1) + "\n")
    files.write_text(folder / "summary.md", markdown(summaries))
    from lstm_jax.report.figures import learning_curves  # half a second that the start need not wait for

    learning_curves(directories, folder / "curves.png")
    console.print(f"Written to {folder}: summary.json, summary.md, curves.png, and each row's own directory.")
    return summaries


def _read(config: DictConfig) -> tuple[Experiment, Output]:
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    output = build(Output, {name: node.pop(name) for name in OUTPUT}, "")
    return experiments.read(node), output


def _run(experiment: Experiment, output: Output, directory: Path, bars: Progress) -> list[dict[str, Any]]:
    """Run one row under a progress bar, unless it is finished."""
    row = experiment.settings.row
    summary = None if output.again else finished(directory)
    if summary is not None:
        bars.console.print(f"{row}: finished before, in {directory} (again=true runs it again)", highlight=False)
        return summary
    bar = bars.add_task(row, total=experiment.budget, status="compiling")
    for progress in run(experiment, directory, output.checkpoint_seconds):
        status = f"{progress.solved}/{experiment.settings.trials} solved, {progress.rate:,.0f} presentations/s"
        bars.update(bar, completed=progress.presentations, status=status)
    bars.update(bar, total=bars.tasks[bar].completed)
    result = finished(directory)
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
