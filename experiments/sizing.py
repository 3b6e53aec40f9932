"""Give a run's cell the size at which its net has about a wanted number of weights."""

from typing import Any

from omegaconf import DictConfig, OmegaConf

from lstm_jax.configuration import named
from lstm_jax.networks.sizes import nearest_size, size_field
from lstm_jax.tasks import TASKS
from lstm_jax.trials.experiment import read_network


def weight_count(config: DictConfig, **cell: Any) -> int:
    """Number of weights of the net of a run's configuration, with these changes of its cell."""
    task = named(TASKS, OmegaConf.to_container(config.task, resolve=True), "task")
    node: Any = OmegaConf.to_container(config.network, resolve=True)
    if cell:
        node["cell"].update(cell)
    return read_network(node, task).weight_count


def sized(config: DictConfig, wanted: int) -> DictConfig:
    """The configuration with the size of cell that comes nearest to a number of weights.

    A net whose cell has no field for its size stays as it is.
    """
    cell = config.network.get("cell")
    if cell is None or (field := size_field(cell)) is None:
        return config
    size = nearest_size(lambda size: weight_count(config, **{field: size}), wanted, step=cell.get("heads", 1))
    sized = config.copy()
    sized.network.cell[field] = size
    return sized
