"""List, filter and group the runs of a folder; write CSV, Parquet or JSON.

lstm-jax results runs where=row=6a by=[optimizer.learning_rate] csv=table.csv
"""

import sys
from collections.abc import Sequence

from omegaconf import DictConfig, ListConfig

from lstm_jax.errors import InputError, unknown

from .application import application

PER = ("group", "run", "trial", "point")
"""What a line may be."""

TRIAL = ("run", "trial", "stage", "presentations", "diverged", "wrong_rate")
POINT = ("run", "trial", "presentations", "error", "wrong_rate")


@application("results")
def work(config: DictConfig) -> None:
    """Print the table, what is not in it, and write what was asked for."""
    wanted, by = _texts(config, "where"), _texts(config, "by") if config.by is not None else None
    if config.per not in PER:
        raise unknown(f"per is {config.per!r}", config.per, PER)
    if by is not None and config.per != "group":
        raise InputError(f"by is {by}: it goes with per=group, not with per={config.per}.")
    from rich.console import Console

    from lstm_jax.results import files

    formats = ("csv", "parquet", "json")
    written = {name: files.target(str(config[name]), name) for name in formats if config[name] is not None}
    from lstm_jax.report.groups import LONGEST, Line, explained, group_table, notes, plain_table
    from lstm_jax.results import exported, load, provenance, tables
    from lstm_jax.results.groups import group, statistics

    every = load(str(config.folder))
    runs = every.where(*wanted)
    if wanted and every.runs and not runs.runs:
        raise InputError(f"where is {list(wanted)}: none of {len(every.runs):,} runs meets them.")
    runs = runs.with_curves() if config.per == "point" else runs
    groups, shown = group(runs.runs, by) if config.per == "group" else [], []
    if config.per == "group":
        figures = [statistics(each) for each in groups]
        names = [{"run_names": [run.name for run in own.runs]} for own in groups]
        lines = [each.line | own for each, own in zip(figures, names, strict=True)]
        shown = [Line(each.values, each) for each in figures]
        table = group_table(shown)
    elif config.per == "run":
        lines = runs.rows()
        shown = [Line({"run": run.name}, each) for run, each in runs.figures()]
        table = group_table(shown)
    else:
        lines = runs.trials() if config.per == "trial" else runs.points()
        table = plain_table(lines, TRIAL if config.per == "trial" else POINT)
    console = Console()
    console.print(table)
    if config.per in ("trial", "point") and len(lines) > LONGEST:
        told = f"These are {LONGEST} of {len(lines):,} lines; csv, parquet and json get them all."
        console.print(told, highlight=False)
    for note in [*explained(shown), *notes(groups, [run.name for run in runs.unfinished], runs.left_out)]:
        console.print(note, highlight=False)
    write = {
        "csv": tables.write_csv,
        "parquet": tables.write_parquet,
        "json": lambda path, lines: exported.write_json(path, lines, runs.runs, provenance.describe()),
    }
    for setting, path in written.items():
        write[setting](path, lines)
        console.print(f"Written to {path}.", highlight=False)


def main() -> None:
    """Start, with arguments as people write them."""
    sys.argv[1:] = plain_arguments(sys.argv[1:])
    work()


def plain_arguments(arguments: Sequence[str]) -> list[str]:
    """Arguments for Hydra: a first one that is a folder gets its name, and each `where=row=6a` joins one list."""
    conditions, rest = [], []
    for i, argument in enumerate(arguments):
        name, sign, value = argument.partition("=")
        if name == "where" and value[:1] not in ("[", '"', "'"):
            conditions.append(_quoted(value))
        elif i == 0 and not sign and not argument.startswith("-"):
            rest.append(f"folder={_quoted(argument)}")
        else:
            rest.append(argument)
    return [*rest, f"where=[{','.join(conditions)}]"] if conditions else rest


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _texts(config: DictConfig, name: str) -> list[str]:
    value = config[name]
    values = list(value) if isinstance(value, ListConfig) else [value]
    for text in values:
        if not isinstance(text, str):
            raise InputError(f"{name} has {text!r}: it should be a list of texts.")
    return values


if __name__ == "__main__":
    main()
