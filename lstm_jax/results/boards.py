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
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"arena is {str(path)!r}: it should be an arena.json ({type(error).__name__}).") from None
    name = path.parent.name if path.name == "arena.json" else path.stem
    return Board(name, typed(AtLag, lines, path), typed(Tuned, tuned, path), provenance)
