"""Records and summaries as JSON: written with the names of their fields, read with a check of every value.

Whatever older versions of this program have called a quantity is translated here, and nowhere else.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from lstm_jax import stages
from lstm_jax.errors import InputError
from lstm_jax.results import intact
from lstm_jax.results.guesses import GuessRecord, GuessSummary
from lstm_jax.results.streams import StreamRecord, StreamSummary
from lstm_jax.results.studies import ComparedSummary, ReadingSummary
from lstm_jax.results.training import Summary, TrialRecord

R = TypeVar("R")
S = TypeVar("S")

TESTED = {
    "test_wrong": "wrong",
    "test_mean_absolute_error": "mean_absolute_error",
    "test_mean_squared_error": "mean_squared_error",
}

FIGURES = {
    **TESTED,
    "successes": "solved",
    "success_interval": "solved_interval",
    "unsolved_test_wrong": "unsolved_wrong",
    "wall_seconds": "seconds",
    "success_percent": "solved_percent",
    "mean_error": "mean_absolute_error",
}

RENAMED: Mapping[type, Mapping[str, str]] = {
    TrialRecord: TESTED,
    Summary: FIGURES,
    ReadingSummary: FIGURES,
    ComparedSummary: FIGURES,
    StreamRecord: {"net": "trial", "perfect": "solved"},
    StreamSummary: {
        "nets": "trials",
        "perfect": "solved",
        "perfect_interval": "solved_interval",
        "mean_streams": "mean",
        "symbols": "trained",
    },
    GuessRecord: TESTED,
    GuessSummary: TESTED | {"perfect": "flawless"},
}
"""Names of older versions and what stands for them, at any depth."""

RENAMED_CURVES = {"wrong": "wrong_rate"}
"""Names of older versions for arrays of learning curves, and what stands for them."""

ADDED: Mapping[type, Mapping[str, Any]] = {
    Summary: {"diverged": 0, "ratio": None, "at_least": None},
    GuessRecord: {"wrong": None, "mean_absolute_error": None},
}
"""Fields that records of older versions may lack, and the values that stand for them."""

STUDIED = stages.named([140, 13], 2000) + stages.named([1, 1], 256, [None, 0.01])
STUDIED += stages.named([6, 6], 256, [None, 0.04])
"""Stages in older studies of rows with several stages, whose files hold no configuration."""


def plain(record: Any) -> dict[str, Any]:
    """A record or a summary as JSON can hold it."""
    return dataclasses.asdict(record)


def typed(kind: type[R], nodes: Sequence[Any], where: Path, names: Iterable[stages.Stage] = STUDIED) -> tuple[R, ...]:
    """Records or summaries of one kind from plain values, also from those of older versions.

    Args:
        kind: the dataclass.
        nodes: as they were in the file.
        where: the file, for messages.
        names: of the stages, for records from before these had short names.

    Raises:
        InputError: a value is missing, or of the wrong kind.
    """
    short = {stage.sentence: stage.short for stage in names}
    found = []
    for number, node in enumerate(nodes):
        try:
            found.append(_adapter(kind).validate_json(json.dumps(_today(kind, node, short)), strict=True))
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, (number, *first["loc"])))
            raise _foreign(where, f"{place} {first['msg'].removeprefix('Input ')}") from None
        except (AttributeError, LookupError, TypeError):
            raise _foreign(where, f"{number} is {json.dumps(node)[:40]}") from None
    return tuple(found)


def _foreign(where: Path, reason: str) -> InputError:
    return InputError(f"{where} is of another program or version: {reason}.")


def finished(kind: type[R], directory: Path, record: type | None = None) -> tuple[R, ...]:
    """The summaries in a directory: one, or of a row's trials one for each stage; none if its run is not finished.

    Args:
        kind: the dataclass of a summary.
        directory: of a run.
        record: the dataclass of a trial's record, to check the records and curves, too.

    Raises:
        InputError: a file is damaged, has been changed or is of another program.
    """
    summaries = read(kind, record, directory)[0]
    if record and (directory / "curves.npz").exists():  # a copy may do without
        intact.check(directory, "curves.npz")
    return summaries


def read(kind: type[R], record: type[S] | None, directory: Path) -> tuple[tuple[R, ...], tuple[S, ...]]:
    """Summaries and records of a run, all checked; none if it is not finished. Arguments and errors as `finished`."""
    path, older = directory / "summary.json", directory / "nets.jsonl"  # of streams
    lines = older if older.exists() else directory / "trials.jsonl"
    intact.check(directory, path.name, lines.name, "provenance.json")
    if not path.exists():
        return (), ()
    content = intact.read_json(path)
    nodes = content if isinstance(content, list) else [content]
    if not nodes or not all(nodes):
        raise intact.damaged(path)
    names = _stages(directory) if issubclass(kind, Summary) else ()
    summaries: tuple[Any, ...] = typed(kind, nodes, path, names)
    if record is None:
        return summaries, ()
    records: tuple[Any, ...] = typed(record, intact.read_json_lines(lines), lines, names)
    if issubclass(kind, Summary) and _presentations(records) != [list(stage.presentations) for stage in summaries]:
        raise intact.damaged(lines, f"has {len(records)} records that summary.json does not agree with")
    return summaries, records


def _presentations(records: Sequence[Any]) -> list[list[int | None]]:
    """Of every stage, the presentations that each trial needed."""
    if [record.trial for record in records] != list(range(len(records))):
        return []
    stages = zip(*(record.stages for record in records), strict=False)
    return [[each.presentations for each in stage] for stage in stages]


def _stages(directory: Path) -> tuple[stages.Stage, ...]:
    """The names of the stages of the run in a directory."""
    configuration = intact.read_json(directory / "configuration.json")
    return stages.configured(configuration.get("criterion") or {})


@lru_cache
def _adapter(kind: type) -> pydantic.TypeAdapter:
    return pydantic.TypeAdapter(kind)


def _today(kind: type, node: Any, short: Mapping[str, str]) -> Any:
    """A record of any version with the fields of today's."""
    node = _renamed(node, RENAMED.get(kind, {}))
    if kind is TrialRecord:
        # Older versions had the measures beside the presentations.
        found = [
            {"short": _short(stage, short), "tested": stage if "wrong" in stage else None} | stage
            for stage in node["stages"]
        ]
        return node | {"stages": found}
    if issubclass(kind, Summary):
        return {"short": _short(node, short), **ADDED[Summary], **node}
    return {**ADDED.get(kind, {}), **node}


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if isinstance(node, dict):
        return {names.get(name, name): _renamed(item, names) for name, item in node.items()}
    return node


def _short(node: Mapping[str, Any], short: Mapping[str, str]) -> str:
    return short.get(node["stage"], node["stage"])
