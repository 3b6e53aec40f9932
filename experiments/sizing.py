"""Give a run's cell, or its network without cells, the size at which it has about a wanted number of weights."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from lstm_jax.configuration import named
from lstm_jax.errors import InputError
from lstm_jax.networks.sizes import nearest_size, size_field
from lstm_jax.tasks import TASKS
from lstm_jax.trials.experiment import read_network


def sized_part(network: Any) -> Any:
    """The part of a node `network` that may have a field for its size: its cell, or all of it without one."""
    cell = network.get("cell")
    return network if cell is None else cell


def weight_count(config: DictConfig, **changes: Any) -> int:
    """Number of weights of the net of a run's configuration, with these changes of its `sized_part`."""
    task = named(TASKS, OmegaConf.to_container(config.task, resolve=True), "task")
    node: Any = OmegaConf.to_container(config.network, resolve=True)
    if changes:
        sized_part(node).update(changes)
    return read_network(node, task).weight_count


def sized(config: DictConfig, wanted: int) -> DictConfig:
    """The configuration with the size that comes nearest to a number of weights.

    A net without a field for its size stays as it is.

    Raises:
        InputError: another field has no value.
    """
    part = sized_part(config.network)
    if not hasattr(part, "get"):
        return config
    field = size_field(part)
    if missing := [name for name in part if OmegaConf.is_missing(part, name) and name != field]:
        raise InputError(f"{part.get('name')} lacks a value of {missing[0]}: of its fields only the size is found.")
    if field is None:
        return config
    size = nearest_size(lambda size: weight_count(config, **{field: size}), wanted, step=part.get("heads", 1))
    sized = config.copy()
    sized_part(sized.network)[field] = size
    return sized
