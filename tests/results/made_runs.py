"""Run directories made by hand: every figure in them is known."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from lstm_jax.results.summary import summarise


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
    tested = {"test_wrong": 5, "test_mean_absolute_error": 0.1, "test_mean_squared_error": 0.01}
    records = [
        {
            "row": configuration["row"],
            "seed": configuration["seed"],
            "trial": trial,
            "stages": [{"stage": "done", "presentations": at} | (tested if at else {})],
            "diverged": False,
            "end": tested | {"test_wrong": 5 if at else 40},
        }
        for trial, at in enumerate(times)
    ]
    points = np.arange(100, 1001, 100)
    ended = points[:, None] >= np.array([(at or np.inf) + 100 for at in times])
    error = np.where(ended, np.nan, np.arange(10)[:, None] + np.arange(len(times)) / 100)
    figures = {name: configuration[name] for name in ("budget", "test_sequences")}
    summary = summarise(records, weights=156, wall_seconds=1.5, **figures)
    written = {
        "configuration.json": json.dumps(configuration),
        "trials.jsonl": "".join(json.dumps(record) + "\n" for record in records),
        "summary.json": json.dumps(summary),
        "provenance.json": "{}",
    }
    for file, text in written.items():
        (directory / file).write_text(text)
    np.savez(directory / "curves.npz", presentations=points, error=error, wrong=error / 10)
    return directory
