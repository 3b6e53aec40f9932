"""Run directories made by hand: every figure in them is known."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.results.records import plain
from lstm_jax.results.training import Measures, StageRecord, Summary, TrialRecord, summarise


def make_run(folder: Path, name: str, times: list[int | None], **changes: Any) -> Path:
    """A finished run whose trials needed so many presentations; changes are to fields of the configuration."""
    directory = folder / name
    directory.mkdir(parents=True)
    configuration = {
        "row": "own",
        "seed": 0,
        "trials": len(times),
        "budget": 1000,
        "test_sequences": 50,
        "optimizer": {"learning_rate": 0.5},
        "cell": {"bias": [-1, -2]},
    } | changes
    solved, unsolved = Measures(5, 0.1, 0.01), Measures(40, 0.1, 0.01)
    records = [
        TrialRecord(
            row=configuration["row"],
            seed=configuration["seed"],
            trial=trial,
            stages=(StageRecord("done", "d", at, solved if at else None),),
            diverged=False,
            end=solved if at else unsolved,
        )
        for trial, at in enumerate(times)
    ]
    points = np.arange(100, 1001, 100)
    ended = points[:, None] >= np.array([(at or np.inf) + 100 for at in times])
    error = np.where(ended, np.nan, np.arange(10)[:, None] + np.arange(len(times)) / 100)
    figures = {name: configuration[name] for name in ("budget", "test_sequences")}
    summary = summarise(records, weights=156, seconds=1.5, **figures)
    written = {
        "configuration.json": json.dumps(configuration),
        "trials.jsonl": "".join(json.dumps(plain(record)) + "\n" for record in records),
        "summary.json": json.dumps(list(map(plain, summary))),
        "provenance.json": "{}",
    }
    for file, text in written.items():
        (directory / file).write_text(text)
    np.savez(directory / "curves.npz", presentations=points, error=error, wrong_rate=error / 10)
    return directory


def made_summary(row: str, times: list[int | None], **changes: Any) -> Summary:
    """The figures of a row of one stage whose trials needed so many presentations; changes are to the summary."""
    net = Measures(0, 0.0, 0.0)
    stages = [(StageRecord("done", "d", at, net if at else None),) for at in times]
    records = [TrialRecord(row, 0, trial, own, False, net) for trial, own in enumerate(stages)]
    (summary,) = summarise(records, weights=1, budget=5_000_000, test_sequences=2560, seconds=1.0)
    return replace(summary, **changes)
