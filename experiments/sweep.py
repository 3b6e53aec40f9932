"""The jobs of a multirun of `train`, run together."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from hydra_plugins.lanes_launcher.lanes_launcher import Outcome, SweptJob
from lstm_jax.errors import InputError


def check(config: DictConfig) -> None:
    """Refuse a sweep into a directory that cannot be written to, or that another study has.

    Raises:
        InputError: the directory cannot be used.
    """
    from lstm_jax.results import files

    folder = files.directory(Path(str(config.folder)), "folder")
    path = folder / "multirun.yaml"
    if not path.exists():
        return
    other: Any = OmegaConf.load(path)
    if other.get("study") != config.study:
        raise InputError(
            f"folder is {str(folder)!r}: it has the runs of {_words(other.get('study'))}, and this sweep is of "
            f"{_words(config.study)}; choose another folder."
        )


def _words(study: str | None) -> str:
    return f"the study {study}" if study else "no study"


def together(jobs: Sequence[SweptJob]) -> Iterator[Outcome]:
    """Check all jobs, run what is not finished, and report on each as soon as it has ended."""
    from rich.console import Console

    from lstm_jax.composition import suited
    from lstm_jax.jobs import OUTPUT, Job, outcomes
    from lstm_jax.report.columns import texts
    from lstm_jax.report.table import COLUMNS, notes
    from lstm_jax.results import runs

    from .study import read

    for name in OUTPUT:
        if len({str(job.config.get(name)) for job in jobs}) > 1:
            raise InputError(f"{name} cannot be swept: it changes no result.")
    ready: list[tuple[SweptJob, Job]] = []
    shared = set.intersection(*(set(job.overrides) for job in jobs))
    for job in jobs:
        own = [override for override in job.overrides if override not in shared] or job.overrides
        label = " ".join(override.lstrip("+") for override in own)
        try:
            ready.append((job, read(suited(job.config, job.choices, job.overrides), label)))
        except InputError as error:
            yield Outcome(job, InputError(f"{label}: {error}"), None)
    console, done = Console(), []
    for i, result in outcomes([job for _, job in ready], console):
        swept, job = ready[i]
        if isinstance(result, Exception):
            error = InputError(f"{job.label}: {result}") if isinstance(result, InputError) else result
            yield Outcome(swept, error, job.experiment.name)
            continue
        done.append(job.directory)
        trouble = None
        if diverged := result[-1].diverged:
            # A measurement like any other, but nobody should find it only at the end of a long sweep.
            trouble = InputError(f"{job.label}: {diverged} of {result[-1].trials} trials diverged.")
            if diverged < result[-1].trials:
                print(trouble, file=sys.stderr)
                trouble = None
        lines = [" ".join(texts(COLUMNS, stage).values()).replace("\n", " ") for stage in result]
        lines += notes(result)
        yield Outcome(swept, result[-1].objective, job.experiment.name, lines, trouble)
    if done:
        _print_table([runs.read_run(directory) for directory in dict.fromkeys(done)], console)
        console.print(f"Written to {jobs[0].config.folder}: each run's own directory.", highlight=False)


def _print_table(finished: Sequence[Any], console: Any) -> None:
    """One line for all runs that differ in the seed alone."""
    from lstm_jax.report.groups import Line, explained, group_table
    from lstm_jax.results.groups import group, statistics

    lines = [Line(each.values, statistics(each)) for each in group(finished)]
    console.print(group_table(lines))
    for note in explained(lines):
        console.print(note, highlight=False)
