"""Who takes part in the arena, and what is tried for each: settings, checked before anything is computed."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from lstm_jax.configuration import build, checked, imported
from lstm_jax.errors import InputError, unknown

OF_A_CELL = ("network", "gradient", "weight_range", "construction")
"""What entrants and grids may set, or a part of it: a net, its start and its rule. The rest is the same for all."""

Pair = tuple[str, str]
"""A task and a cell."""

Overrides = tuple[str, ...]
"""What a try changes besides the learning rate."""


@checked
class Settings:
    """Who takes part in what, and under which conditions."""

    cells: tuple[str, ...]
    tasks: tuple[str, ...]
    lags: tuple[int, ...]
    weights: Annotated[int, Field(ge=1)]
    trials: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0)]
    rates: tuple[Annotated[float, Field(gt=0)], ...]
    tuned_at: int
    tuning_trials: Annotated[int, Field(ge=1)]
    tuning_seed: Annotated[int, Field(ge=0)]
    entrants: dict[str, list[str]]
    grids: dict[str, list[str]]
    """By cell, overrides of which each is tried in place of the entrant's own setting."""
    linear: tuple[str, ...]
    examined: tuple[Annotated[int, Field(ge=2)], ...]
    """Multiples of the lag at which nets that have learned it are tested, too."""


def read_settings(config: DictConfig) -> Settings:
    """The settings of the arena itself; those of its runs are checked with them.

    Raises:
        InputError: a setting is not allowed, or a task does not exist or has no such lag.
    """
    node: Any = OmegaConf.to_container(config)
    node["grids"] = {} if node["grids"] is None else node["grids"]
    settings = build(Settings, {name: node[name] for name in Settings.__dataclass_fields__}, "")
    if settings.tuning_seed == settings.seed:
        raise InputError(f"tuning_seed is {settings.seed}: it should be another one than seed, whose trials count.")
    known = sorted({*settings.entrants, *GlobalHydra.instance().config_loader().get_group_options("network")})
    for cell in settings.cells:
        if cell not in known and "." not in cell:
            raise unknown(f"cells has {cell!r}", cell, known, ", or your own, as my_module.step")
        if cell not in known and not callable(imported(cell, "cells")):
            raise InputError(f"cells has {cell!r}: it should be a step function or a class of cells.")
    for field in ("cells", "tasks", "lags", "rates"):
        values = getattr(settings, field)
        if not values:
            raise InputError(f"{field} is []: it should have at least one.")
    for field in ("cells", "tasks", "lags", "rates", "examined"):
        values = getattr(settings, field)
        if len(set(values)) < len(values):
            raise InputError(f"{field} is {list(values)}: it has a value twice.")
    for cell in settings.cells:
        check_overrides(settings, "entrants", cell)
        check_overrides(settings, "grids", cell)
        tries(settings, cell)
    from lstm_jax.tasks.lagged import lagged

    longer = [times * lag for times in settings.examined for lag in settings.lags]
    for task in settings.tasks:
        for lag in (settings.tuned_at, *settings.lags, *longer):
            lagged(task, lag)
    return settings


def check_overrides(settings: Settings, field: str, cell: str) -> None:
    """Refuse overrides of a cell that the arena would set anew, or that would give it conditions of its own.

    Raises:
        InputError: with the first of them.
    """
    from lstm_jax.networks.sizes import SIZES

    taken = {f"network.{part}{size}" for part in ("", "cell.") for size in SIZES}
    if set(settings.tasks) & set(settings.linear) and field == "grids":
        taken.add("network.output_squashing")
    for override in getattr(settings, field).get(cell, []):
        path = override.lstrip("+~").partition("=")[0]
        if path.partition(".")[0] not in OF_A_CELL or path in taken:
            raise InputError(
                f"{field} has {override!r} for {cell}: the arena sets {path}; a cell has settings of its own in "
                f"{', '.join(OF_A_CELL)}, but not its size."
            )


def check_given_grids(settings: Settings, overrides: list[str]) -> None:
    """Refuse grids of cells that do not take part. Those of the configuration's file are of all cells there are.

    Args:
        settings: of the arena.
        overrides: of the command line.

    Raises:
        InputError: with the first such cell.
    """
    for override in OverridesParser.create().parse_overrides(overrides):
        field, _, cell = str(override.key_or_group).partition(".")
        value = override.value()
        given = [cell] if cell else list(map(str, value)) if isinstance(value, Mapping) else []
        for name in given if field == "grids" and not override.is_delete() else []:
            if name not in settings.cells:
                raise unknown(f"grids has {name!r}, which does not take part", name, settings.cells)


def tries(settings: Settings, cell: str) -> list[tuple[Overrides, tuple[float, ...]]]:
    """What is tried for a cell: overrides, and with each the learning rates. All cells have as many tries.

    A cell without a grid has all rates; one with a grid of n overrides has each n-th, with each of them.

    Raises:
        InputError: the rates cannot be divided so.
    """
    grid = settings.grids.get(cell)
    if grid is None:
        return [((), settings.rates)]
    if len(set(grid)) < len(grid) or not grid or len(settings.rates) % len(grid):
        raise InputError(
            f"grids has {grid} for {cell}: they should be different ones, and as many as divide the number of rates, "
            f"{len(settings.rates)}; grids=null has none."
        )
    return [((override,), settings.rates[(len(grid) - 1) // 2 :: len(grid)]) for override in grid]


def every_pair(settings: Settings) -> Iterable[Pair]:
    """All tasks with all cells."""
    return [(task, cell) for task in settings.tasks for cell in settings.cells]
