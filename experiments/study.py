"""A study: runs of `train` with labels, side by side, and a table of what came out.

`train`, `reproduce`, `compare` and `readings` are studies. Each says which overrides of `train` a label stands for, and
what its table shows.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console, RenderableType

from lstm_jax.composition import compose_row
from lstm_jax.jobs import Job, read_job, run_jobs
from lstm_jax.overrides import quote_row, quoted
from lstm_jax.report.columns import terminal
from lstm_jax.report.table import COLUMNS, document, notes
from lstm_jax.results import files, runs
from lstm_jax.results.records import plain
from lstm_jax.results.training import Summary
from lstm_jax.trials import experiment as experiments

SHARED = ("seed", "trials", "budget", "folder", "checkpoint_seconds", "again")
"""Settings of a study that hold for all its runs; null leaves a row's own."""


def composed(config: DictConfig, row: str, *changes: str) -> DictConfig:
    """The configuration of one run of a study: a row, what the study says of all its runs, and changes."""
    shared = [f"{name}={quoted(config[name])}" for name in SHARED if config.get(name) is not None]
    run = compose_row([quote_row(f"experiment={row}"), *shared, *changes])
    run.tracker = config.tracker
    return run


def read(config: DictConfig, label: str = "") -> Job:
    """Check the composed configuration of a run; `label` names it in progress bars, by default its row.

    Raises:
        InputError: something in it is not allowed.
    """
    node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    return read_job(node, experiments.read, label)


def run(configs: Mapping[str, DictConfig], console: Console) -> dict[str, tuple[Job, tuple[Summary, ...]]]:
    """Check all configurations, and run what is not finished yet.

    Args:
        configs: by the labels of the runs.
        console: shows how far they are.

    Returns:
        By their labels the runs, and for each stage of their criteria what came out.

    Raises:
        InputError: a configuration is refused, before anything runs; or a run failed, after the others have ended.
    """
    jobs = {label: read(config, label) for label, config in configs.items()}
    for job in jobs.values():
        files.directory(Path(job.output.folder), "folder")
    results = run_jobs(list(jobs.values()), console)
    return dict(zip(jobs, zip(jobs.values(), results, strict=True), strict=True))


def tell(
    console: Console,
    folder: str | Path,
    parts: Sequence[RenderableType],
    written: Mapping[str, Any],
    beside: str = "each run's own directory",
) -> None:
    """Print what came of a study, and write its files.

    Args:
        console: where to print.
        folder: where they stand, that of the runs.
        parts: a table, and sentences about it.
        written: files by their names: a text, a function that draws a picture to a path, or plain values for JSON.
        beside: what is there, too.
    """
    for part in parts:
        console.print(part, highlight=False)
    for name, content in written.items():
        path = Path(folder) / name
        if isinstance(content, str):
            files.write_text(path, content)
        elif callable(content):
            content(path)
        else:
            files.write_json(path, content)
    console.print(f"Written to {folder}: {', '.join(written)}, and {beside}.", highlight=False)


def table_and_notes(summaries: Sequence[Summary]) -> list[RenderableType]:
    """Every stage of every row beside the paper's, and what a reader has to know."""
    return [terminal(COLUMNS, summaries), *notes(summaries)]


def run_rows(
    configs: Mapping[str, DictConfig],
    name: str | None = None,
    parts: Callable[[Sequence[Summary]], list[RenderableType]] = table_and_notes,
) -> list[Summary]:
    """Run rows and show them beside the paper's.

    Args:
        configs: by the labels of the runs.
        name: of the files beside the runs' directories; None for one run, whose files are in its own.
        parts: what is printed of the summaries.

    Returns:
        The summaries of all stages.
    """
    console = Console()
    found = run(configs, console)
    summaries = [stage for _, stages in found.values() for stage in stages]
    jobs = [job for job, _ in found.values()]

    def draw(path: Path) -> None:
        from lstm_jax.report.figures import learning_curves  # half a second that the start need not wait for

        learning_curves([runs.read_run(job.directory) for job in jobs], path)

    if name is None:
        written: dict[str, Any] = {"summary.md": document(summaries), "curves.png": draw}
        tell(console, jobs[0].directory, parts(summaries), written, "the run's records")
    else:
        written = {f"{name}.json": list(map(plain, summaries)), f"{name}.md": document(summaries), f"{name}.png": draw}
        tell(console, jobs[0].output.folder, parts(summaries), written)
    return summaries
