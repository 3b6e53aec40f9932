"""Put another network, or a cell of one's own, on a row whose file was written for the paper's.

A row's file sets fields of the paper's cell. They hold for its own network, and for its descendants that have blocks,
too; another one keeps the settings of its own file under `configs/network`. What the command line says holds in any
case. Such a run is named after its row and its cell, and is not compared with the paper's figures.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf, open_dict

from experiments.application import CONFIGS
from lstm_jax.paper.tables import ROWS

CELL = "network.cell"
USUAL_NETWORK = "memory_blocks"
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

    Args:
        config: `train`, as Hydra composes it; it is changed.
        choices: which file was taken from each group.
        overrides: of the command line.
    """
    given = dict(map(_parsed, overrides))
    row = _row(choices["experiment"])
    cell: Any
    if CELL in given:
        cell = given[CELL] if isinstance(given[CELL], dict) else {"name": given[CELL]}
        if "gradient" not in given:
            config.gradient = USUAL_RULE
    elif choices["network"] != _own_network(row):
        cell = OmegaConf.load(Path(CONFIGS) / "network" / f"{choices['network']}.yaml").network.get("cell")
    else:
        return config
    if cell is not None:
        if "blocks" in cell:
            cell = {**cell, **row.get("network", {}).get("cell", {})}
        fields = {key.removeprefix(f"{CELL}."): value for key, value in given.items() if key.startswith(f"{CELL}.")}
        config.network = {**config.network, "cell": {**cell, **fields}}
    if "row" not in given:
        # No longer the paper's row: its figures are of another net, but its budget is as good as any.
        config.budget = config.budget or (ROWS[config.row].budget if config.row in ROWS else None)
        config.row = f"{config.row}-{cell['name'] if cell is not None else choices['network']}"
    return config


@lru_cache(maxsize=10_000)
def _parsed(override: str) -> tuple[str, Any]:
    """A setting and its value; those of a sweep come again and again."""
    (parsed,) = OverridesParser.create().parse_overrides([override])
    return parsed.key_or_group, parsed.value()


@lru_cache
def _row(name: str) -> Any:
    """The file of a row, not composed with others."""
    return OmegaConf.load(Path(CONFIGS) / "experiment" / f"{name}.yaml")


def _own_network(row: Any) -> str:
    for entry in row.get("defaults", []):
        if "override /network" in entry:
            return entry["override /network"]
    return USUAL_NETWORK
