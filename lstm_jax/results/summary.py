"""The figures of a row: one object per stage of its criterion, beside the paper's."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lstm_jax.paper.statistics import mean_interval, success_interval
from lstm_jax.paper.tables import ROWS
from lstm_jax.paper.verdict import compare


def summarise(
    records: Sequence[Mapping[str, Any]], *, weights: int, budget: int, test_sequences: int, wall_seconds: float
) -> list[dict[str, Any]]:
    """Put the records of all trials of a row together.

    Returns:
        For each stage `row`, `stage`, `stages` (how many the row has), `weights`, `trials`, `successes`, `diverged`
        (trials that ended with an error that is not finite), `success_interval` (Wilson, 95 %), `presentations` (one
        entry per trial, null if unsolved), and over the solved trials `mean`, `mean_interval` (bootstrap, 95 %),
        `median`, `range`, `test_wrong`, `test_mean_absolute_error` and `test_mean_squared_error` (means over trials);
        `unsolved_test_wrong`, of the others at their end; `budget`, `test_sequences`, `wall_seconds` (during which the
        row ran, alone or beside others); `paper`, and what `compare` says: `verdict`, `ratio` and `at_least` (null for
        a row that the paper does not have).
    """
    row = records[0]["row"]
    shared = {
        "weights": weights,
        "budget": budget,
        "test_sequences": test_sequences,
        "wall_seconds": round(wall_seconds, 2),
    }
    stages = range(len(records[0]["stages"]))
    return [_compared(_stage(row, i, records) | shared, _paper(row, i, len(stages))) for i in stages]


def _compared(stage: dict[str, Any], paper: dict[str, Any] | None) -> dict[str, Any]:
    """A stage's figures with the paper's and the verdict."""
    if paper is None:
        return stage | {"paper": None, "verdict": None, "ratio": None, "at_least": None}
    compared = compare(stage["presentations"], [stage["budget"]] * stage["trials"], paper)
    return stage | {"paper": paper} | compared._asdict()


def _stage(row: str, i: int, records) -> dict[str, Any]:
    stages = [record["stages"][i] for record in records]
    solved = [stage for stage in stages if stage["presentations"] is not None]
    unsolved = [record["end"]["test_wrong"] for record in records if record["stages"][i]["presentations"] is None]
    times = [stage["presentations"] for stage in solved]

    def mean(name):
        return float(np.mean([stage[name] for stage in solved])) if solved else None

    return {
        "row": row,
        "stage": stages[0]["stage"],
        "stages": len(records[0]["stages"]),
        "trials": len(stages),
        "successes": len(solved),
        "diverged": sum(record["diverged"] for record in records),
        "success_interval": success_interval(len(solved), len(stages)),
        "presentations": [stage["presentations"] for stage in stages],
        "mean": mean("presentations"),
        "mean_interval": mean_interval(times),
        "median": float(np.median(times)) if times else None,
        "range": [min(times), max(times)] if times else None,
        "test_wrong": mean("test_wrong"),
        "unsolved_test_wrong": float(np.mean(unsolved)) if unsolved else None,
        "test_mean_absolute_error": mean("test_mean_absolute_error"),
        "test_mean_squared_error": mean("test_mean_squared_error"),
    }


def _paper(row: str, i: int, stages: int) -> dict[str, Any] | None:
    if row not in ROWS or len(ROWS[row].results) != stages:
        return None
    shared = {"table": ROWS[row].table, "trials": ROWS[row].trials, "budget": ROWS[row].budget}
    return shared | dataclasses.asdict(ROWS[row].results[i])
