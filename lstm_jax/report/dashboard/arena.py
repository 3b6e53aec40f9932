"""What `experiments.arena` left on disk, ready to be shown: the table of reaches, and every lag as a tile."""

from pathlib import Path
from typing import Any

from lstm_jax.report import arena
from lstm_jax.report.columns import texts
from lstm_jax.report.table import count, share_with_interval
from lstm_jax.results import boards
from lstm_jax.results.reach import AtLag


def board(path: Path) -> dict[str, Any]:
    """A board as the page's script shows it.

    Raises:
        InputError: the file is damaged or is not a board.
    """
    found = boards.read(path)
    lines = found.lines
    cells, lags = list(dict.fromkeys(line.cell for line in lines)), sorted({line.lag for line in lines})
    columns = arena.columns(lines)
    return {
        "name": found.name,
        "command": str(found.provenance["command"]),
        "about": arena.sentence(lines),
        "columns": [column.title.replace("\n", " ") for column in columns],
        "reaches": [list(texts(columns, standing).values()) for standing in arena.board(lines)],
        "cells": cells,
        "lags": lags,
        "tasks": [
            {
                "name": task.replace("_", " "),
                "lines": [_tile(line, cells, lags) for line in lines if line.task == task],
            }
            for task in arena.tasks(lines)
        ],
    }


def _tile(line: AtLag, cells: list[str], lags: list[int]) -> dict[str, Any]:
    """One lag of one cell."""
    return {
        "cell": cells.index(line.cell),
        "lag": lags.index(line.lag),
        "share": line.share,
        "solved": f"{line.solved}/{line.trials}",
        "interval": share_with_interval(line.solved, line.trials, line.interval).replace("\n", " "),
        "mean": count(line.restricted_mean),
        "rate": line.learning_rate,
        "weights": line.weights,
    }
