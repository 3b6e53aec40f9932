"""What a row is composed of alone, and how a run is called that has another part: `4-1-gru`, `6a-adam`, `4-1-parity`.

It is not compared with the paper's figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from experiments.application import quote_row
from lstm_jax.errors import InputError
from lstm_jax.paper.tables import ROWS

PARTS = ("network", "task", "optimizer")
"""Whose change makes another run of a row."""


@dataclass(frozen=True)
class Row:
    """A row's configuration as its file has it."""

    configuration: dict[str, Any]
    choices: dict[str, str]
    """Which option was taken from each group."""


def compose_row(overrides: list[str]) -> DictConfig:
    """Compose `train` with these overrides. Hydra has to be started."""
    config, choices = _composed(overrides)
    return suited(config, choices, overrides)


def composed() -> tuple[dict[str, str], list[str]]:
    """The choices and overrides of the program that Hydra runs, for `suited`."""
    hydra = HydraConfig.get()
    return dict(hydra.runtime.choices), list(hydra.overrides.task)


@cache
def row_alone(name: str, *overrides: str) -> Row:
    """The row of a file in configs/experiment, with nothing but these changes. Hydra has to be started."""
    config, choices = _composed([quote_row(f"experiment={name}"), *overrides])
    node: Any = OmegaConf.to_container(config, resolve=True)
    return Row(node, choices)


def suited(config: DictConfig, choices: Mapping[str, str], overrides: list[str]) -> DictConfig:
    """The configuration, called after its row and the parts that are not the row's own.

    Args:
        config: `train`, as Hydra composes it; it is changed.
        choices: which option was taken from each group.
        overrides: of the command line.

    Raises:
        InputError: a setting is given that the optimizer does not read.
    """
    given = {override.lstrip("+~").partition("=")[0] for override in overrides}
    optimizer = part_name(config, "optimizer")
    if "alpha" in given and optimizer not in (None, "sgd"):
        raise InputError(f"alpha is {config.alpha}: it is read by sgd; {optimizer} has optimizer.learning_rate.")
    if "row" in given or not choices.get("experiment"):
        return config
    own = row_alone(choices["experiment"])
    if other := [name for group in PARTS if (name := _other(config, choices, own, group)) is not None]:
        # The paper's figures are of another net or task; but the row's budget is as good as any.
        config.budget = config.budget or (_budget(config) if config.row in ROWS else None)
        config.row = "-".join([config.row, *other])
    return config


def part_name(configuration: Any, group: str) -> Any:
    """The name in the node of a part; of a network of cells, theirs."""
    node = configuration.get(group)
    node = node.get("cell", node) if group == "network" and hasattr(node, "get") else node
    return node.get("name") if hasattr(node, "get") else node


def _other(config: DictConfig, choices: Mapping[str, str], own: Row, group: str) -> str | None:
    """What stands in place of a row's own part: another option, or another name in the node of the row's."""
    if (choice := choices.get(group)) not in (None, own.choices[group]):
        return choice
    name = part_name(config, group)
    return None if name in (None, part_name(own.configuration, group)) else str(name)


def _composed(overrides: list[str]) -> tuple[DictConfig, dict[str, str]]:
    config = compose("train", overrides, return_hydra_config=True)
    choices = dict(config.hydra.runtime.choices)
    with open_dict(config):
        del config["hydra"]
    return config, choices


def _budget(config: DictConfig) -> int:
    """The row's, in whole batches."""
    batch = (config.get("optimizer") or {}).get("batch", 1)
    budget = ROWS[config.row].budget
    return -(-budget // batch) * batch if isinstance(batch, int) and batch > 0 else budget
