"""Boards of the arena that cells join: whose conditions hold, what is written, and what must not be lost."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from lstm_jax.errors import InputError

from .entrants import Settings

if TYPE_CHECKING:
    from lstm_jax.results.boards import Board

CONDITIONS = (
    "tasks",
    "lags",
    "weights",
    "trials",
    "seed",
    "budget",
    "optimizer",
    "rates",
    "tuned_at",
    "tuning_trials",
    "tuning_seed",
    "linear",
    "examined",
)
"""Settings that are the same for all cells of a board."""

EARLIER = {"examined": []}
"""Those that boards of older versions lack, and what they were."""


def read_board(config: DictConfig) -> "Board | None":
    """The recorded board that the cells join, whose conditions become those of this run; None without one.

    Raises:
        InputError: the file is no board, or one of its conditions is given on the command line, too.
    """
    if config.board is None:
        return None
    from lstm_jax.results.boards import read

    path = Path(str(config.board))
    board = read(path)
    conditions = EARLIER | board.conditions
    if missing := set(CONDITIONS) - set(conditions):
        raise InputError(f"board is {str(path)!r}: it has no {min(missing)}.")
    given = {override.lstrip("+~").partition("=")[0] for override in HydraConfig.get().overrides.task}
    for name in CONDITIONS:
        if name in given and conditions[name] != plain_setting(config[name]):
            raise InputError(
                f"{name} is {plain_setting(config[name])}: the board has {conditions[name]}, for all cells."
            )
        config[name] = conditions[name]
    return board


def others(settings: Settings, joined: "Board | None", field: str) -> list[Any]:
    """Of the joined board, what is not of a cell that takes part anew: its `lines`, or its `tuned`."""
    return [one for one in (getattr(joined, field) if joined else ()) if one.cell not in settings.cells]


def as_record(config: DictConfig, joined: "Board | None", lines: Iterable[Any], tuned: Iterable[Any]) -> dict[str, Any]:
    """The content of an arena.json, which can be joined again.

    `before` in its provenance says where the lines that were joined come from.
    """
    from lstm_jax.results.provenance import describe
    from lstm_jax.results.records import plain

    earlier = dict(joined.provenance) if joined else {}
    before = [*earlier.pop("before", []), earlier] if joined else []
    return {
        "provenance": describe() | ({"before": before} if before else {}),
        "conditions": {name: plain_setting(config[name]) for name in CONDITIONS},
        "tuning": list(map(plain, tuned)),
        "lines": list(map(plain, lines)),
    }


def check_written(config: DictConfig, settings: Settings, joined: "Board | None") -> None:
    """Refuse to write over a board in the folder of which something would be lost.

    Raises:
        InputError: it has other conditions, or tasks, lags or cells that this one has not; or it is damaged.
    """
    from lstm_jax.results.boards import read

    if not (path := Path(config.folder) / "arena.json").exists():
        return
    there = read(path)
    cure = "choose another folder, or move its arena.json away"
    for name, found in (EARLIER | there.conditions).items():
        wanted = plain_setting(config[name]) if name in CONDITIONS else found
        if not (set(found) <= set(wanted) if name in ("tasks", "lags") else found == wanted):
            raise InputError(f"folder is {config.folder!r}, whose board has {name} {found}, not {wanted}: {cure}.")
    cells = {*settings.cells, *(line.cell for line in others(settings, joined, "lines"))}
    if lost := [line.cell for line in there.lines if line.cell not in cells]:
        raise InputError(
            f"folder is {config.folder!r}, whose board has {lost[0]}, too: {cure}, or join it by board={path}."
        )


def plain_setting(value: Any) -> Any:
    """A setting as it is written in JSON."""
    return OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
