"""Rows of the paper, run side by side: one table, its files and its figure."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console, RenderableType

from lstm_jax.jobs import Job, read_job, run_jobs
from lstm_jax.report.columns import terminal
from lstm_jax.report.table import COLUMNS, document, notes
from lstm_jax.results import files, runs
from lstm_jax.results.records import plain
from lstm_jax.results.training import Summary
from lstm_jax.trials import experiment as experiments


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
    return read_job(node, experiments.read, label)
