"""Boards of the arena on disk: an `arena.json`, or any file in a folder `arena`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.results.reach import AtLag, Tuned
from lstm_jax.results.records import typed


@dataclass(frozen=True)
class Board:
    """What one call of the arena, or several, came to."""

    name: str
    lines: tuple[AtLag, ...]
    tuned: tuple[Tuned, ...]
    provenance: dict[str, Any]
    conditions: dict[str, Any]
    """Settings that are the same for all cells, as far as the file has them."""


def paths(folder: Path) -> list[Path]:
    """The boards in a folder, however deep."""
    return [path for path in sorted(folder.rglob("*.json")) if is_board(path)]


def is_board(path: Path) -> bool:
    """Whether a file is a board, as far as its name tells.

    >>> is_board(Path("runs/arena/arena.json")), is_board(Path("results/arena/quick.json")), is_board(Path("a/b.json"))
    (True, True, False)
    """
    return path.name == "arena.json" or path.parent.name == "arena"


def read(path: Path) -> Board:
    """A board, named by its file, or by its folder if that is an `arena.json`.

    Raises:
        InputError: there is no such file, or it is damaged or of another program.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        lines, tuned, provenance = (content[name] for name in ("lines", "tuning", "provenance"))
        conditions = dict(content.get("conditions", {}))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"board is {str(path)!r}: it should be an arena.json ({type(error).__name__}).") from None
    name = path.parent.name if path.name == "arena.json" else path.stem
    board = Board(name, typed(AtLag, lines, path), typed(Tuned, tuned, path), provenance, conditions)
    if not board.lines:
        raise InputError(f"{path} is damaged: it has no lines.")
    for line in board.lines:
        if wrong := contradiction(line):
            raise InputError(f"{path} is damaged: {line.cell} on {line.task} at lag {line.lag} has {wrong}.")
    places = [(line.cell, line.task, line.lag) for line in board.lines]
    if twice := [place for place in places if places.count(place) > 1]:
        cell, task, lag = twice[0]
        raise InputError(f"{path} is damaged: it has {cell} on {task} at lag {lag} twice.")
    return board


def contradiction(line: AtLag) -> str | None:
    """What in a line cannot be, or does not agree with the rest of it; None if all does."""
    if line.trials < 1 or len(line.presentations) != line.trials:
        return f"{line.trials} trials and presentations of {len(line.presentations)}"
    counts = [at for at in line.presentations if at is not None]
    if line.solved != len(counts):
        return f"{line.solved} trials solved and presentations of {len(counts)} that are"
    if counts and not 0 < min(counts) <= max(counts) <= line.budget:
        return f"presentations from {min(counts)} to {max(counts)} with a budget of {line.budget}"
    return next(
        (
            f"{len(longer.wrong)} solved trials tested at lag {longer.lag}, of {line.solved}"
            for longer in line.longer
            if len(longer.wrong) != line.solved
        ),
        None,
    )
