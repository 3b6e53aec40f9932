"""Put another network, a cell or a task of one's own, on a row whose file was written for the paper's.

A row's file sets fields of the paper's cell. They hold for its own network, and for its descendants that have blocks,
too; another one keeps the settings of its own file under `configs/network`. What the command line says holds in any
case. Such a run is named after its row and its cell or task, and is not compared with the paper's figures.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf, open_dict

from experiments.application import CONFIGS
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS

CELL = "network.cell"
USUAL = {"network": "memory_blocks", "task": "temporal_order_2"}
"""What `train` chooses if a row's file chooses nothing else."""
USUAL_OPTIMIZER = "sgd"
"""If nothing is said."""
USUAL_RULE = "bptt"
"""For a cell of one's own."""


def compose_row(overrides: list[str]) -> DictConfig:
    """Compose `train` with these overrides."""
    config = compose("train", overrides, return_hydra_config=True)
    choices = dict(config.hydra.runtime.choices)
    with open_dict(config):
        del config["hydra"]
    return suited(config, choices, overrides)


def composed() -> tuple[dict[str, str], list[str]]:
    """The choices and overrides of the program that Hydra runs, for `suited`."""
    hydra = HydraConfig.get()
    return dict(hydra.runtime.choices), list(hydra.overrides.task)


def suited(config: DictConfig, choices: dict[str, str], overrides: list[str]) -> DictConfig:
    """The configuration with the cell that was asked for, without what the row's file says of the paper's.

    It is named after what is not the paper's: another cell or task, another optimizer.

    Args:
        config: `train`, as Hydra composes it; it is changed.
        choices: which file was taken from each group.
        overrides: of the command line.
    """
    given = dict(map(_parsed, overrides))
    config = _with_cell(config, choices, given)
    name = (config.get("optimizer") or {}).get("name", USUAL_OPTIMIZER)
    if name == USUAL_OPTIMIZER:
        return config
    if "alpha" in given:
        raise InputError(
            f"alpha is {given['alpha']}: it is read by {USUAL_OPTIMIZER}; {name} has optimizer.learning_rate."
        )
    return _renamed(config, given, name)


def _with_cell(config: DictConfig, choices: dict[str, str], given: Mapping[str, Any]) -> DictConfig:
    row = _row(choices["experiment"]) if choices.get("experiment") else {}
    cell: Any
    if CELL in given:
        cell = given[CELL] if isinstance(given[CELL], dict) else {"name": given[CELL]}
        if "gradient" not in given:
            config.gradient = _usual_rule(str(cell.get("name")))
    elif "network" in choices and choices["network"] != _own_choice(row, "network"):
        cell = OmegaConf.load(Path(CONFIGS) / "network" / f"{choices['network']}.yaml").network.get("cell")
    elif (task := _other_task(config, choices, row)) is not None:
        return _renamed(config, given, task)
    else:
        return config
    if cell is not None:
        if "blocks" in cell:
            of_row = row.get("network", {}).get("cell", {})
            cell = {**of_row, **cell} if CELL in given else {**cell, **of_row}
        fields = {key.removeprefix(f"{CELL}."): value for key, value in given.items() if key.startswith(f"{CELL}.")}
        config.network = {**config.network, "cell": {**cell, **fields}}
    return _renamed(config, given, cell.get("name") if cell is not None else choices["network"])


def _renamed(config: DictConfig, given: Mapping[str, Any], part: Any) -> DictConfig:
    """No longer the paper's row, whose figures are of another net or task; but its budget is as good as any."""
    if "row" not in given and "row" in config:
        config.budget = config.budget or (_budget(config) if config.row in ROWS else None)
        config.row = f"{config.row}-{part}"
    return config


def _budget(config: DictConfig) -> int:
    """The row's, in whole batches."""
    batch = (config.get("optimizer") or {}).get("batch", 1)
    budget = ROWS[config.row].budget
    return -(-budget // batch) * batch if isinstance(batch, int) and batch > 0 else budget


def _usual_rule(cell: str) -> str:
    """By which a cell learns unless something else is said: that of its file, or `USUAL_RULE` for one of your own."""
    path = Path(CONFIGS) / "network" / f"{cell}.yaml"
    file: Any = OmegaConf.load(path) if path.exists() else {}
    return file.get("gradient", USUAL_RULE)


def _other_task(config: DictConfig, choices: dict[str, str], row: Any) -> Any:
    """The task that is chosen or named instead of the row's own; None if it is that."""
    own, task = _own_choice(row, "task"), config.get("task")
    if choices.get("task") not in (None, own):
        return choices["task"]
    name = task.get("name") if isinstance(task, DictConfig) else None
    return None if name == _task_name(own) else name


@lru_cache
def _task_name(choice: str) -> Any:
    return OmegaConf.load(Path(CONFIGS) / "task" / f"{choice}.yaml").name


@lru_cache(maxsize=10_000)
def _parsed(override: str) -> tuple[str, Any]:
    """A setting and its value; those of a sweep come again and again."""
    (parsed,) = OverridesParser.create().parse_overrides([override])
    return parsed.key_or_group, parsed.value()


@lru_cache
def _row(name: str) -> Any:
    """The file of a row, not composed with others."""
    return OmegaConf.load(Path(CONFIGS) / "experiment" / f"{name}.yaml")


def _own_choice(row: Any, group: str) -> str:
    """The file of a group that a row's own file chooses."""
    for entry in row.get("defaults", []):
        if f"override /{group}" in entry:
            return entry[f"override /{group}"]
    return USUAL[group]
