"""One row's experiment: a trial, its hyperparameters, and how many trials are run how far."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from lstm_jax.cells.memory_block import MemoryBlocks
from lstm_jax.configuration import build, configuration, named
from lstm_jax.criteria import Window
from lstm_jax.errors import InputError
from lstm_jax.gradients import GRADIENTS
from lstm_jax.networks import Network
from lstm_jax.paper.tables import BUDGET_FACTOR, ROWS
from lstm_jax.tasks import TASKS
from lstm_jax.trials.trial import Trial

CELLS = {"memory_blocks": MemoryBlocks}
CRITERIA = {"window": Window}
PARTS = ("task", "network", "gradient", "criterion", "optimizer")


@configuration
class Optimizer:
    """Plain gradient descent, a weight change after every sequence: no momentum, no clipping, no decay."""

    learning_rate: Annotated[float, Field(gt=0)]
    """alpha of Table 10; it multiplies the gradient of E/2."""


@configuration
class Settings:
    """What an experiment needs besides its parts."""

    row: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Name in Table 10, or one of your own; it begins the name of the run's directory."""
    weight_range: Annotated[float, Field(gt=0)]
    """r of Table 10: initial weights are uniform in [-r, r]."""
    trials: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Trial i of a seed is the same trial whatever the number of trials."""
    budget: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    """Presentations after which an unsolved trial is a failure. None: ten times the paper's mean for the row."""
    test_sequences: Annotated[int, Field(ge=1)] = 2560
    curve_interval: Annotated[int, Field(ge=1)] = 1000
    """Presentations per point of the learning curves."""


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A checked configuration, ready to run."""

    trial: Trial
    learning_rate: float
    settings: Settings
    budget: int
    resolved: str
    """The configuration it was read from, as JSON; every field that decides a result is in it."""

    @property
    def name(self) -> str:
        """Of the run's directory: the row and a hash of the configuration."""
        return f"{self.settings.row}-{hashlib.sha256(self.resolved.encode()).hexdigest()[:8]}"


def read(node: Mapping[str, Any]) -> Experiment:
    """Check a resolved configuration (plain values).

    Raises:
        InputError: a field is unknown, missing or not allowed, or parts do not fit together.
    """
    task = named(TASKS, node["task"], "task")
    network = _network(node["network"], task)
    criterion = named(CRITERIA, node["criterion"], "criterion")
    optimizer = build(Optimizer, node["optimizer"], "optimizer")
    settings = build(Settings, {key: value for key, value in node.items() if key not in PARTS}, "")
    if node["gradient"] not in GRADIENTS:
        raise InputError(f"gradient is {node['gradient']!r}: allowed are {', '.join(GRADIENTS)}.")
    budget = settings.budget
    if budget is None:
        if settings.row not in ROWS:
            raise InputError(f"budget is missing: row {settings.row!r} has no figure in the paper to derive it from.")
        budget = round(BUDGET_FACTOR * ROWS[settings.row].results[-1].presentations)
    if criterion.fewest_presentations > budget:
        raise InputError(
            f"budget is {budget}: it should be at least {criterion.fewest_presentations}, before which the criterion "
            "cannot be met."
        )
    trial = Trial(task, network, node["gradient"], criterion)
    resolved = json.dumps({**node, "budget": budget}, sort_keys=True)
    return Experiment(trial, optimizer.learning_rate, settings, budget, resolved)


def _network(node: Mapping[str, Any], task) -> Network:
    if not isinstance(node.get("cell"), Mapping):
        raise InputError(f"network.cell is {node.get('cell')!r}: it needs a name and the cell's fields.")
    cell = named(CELLS, node["cell"], "network.cell", inputs=task.inputs)
    rest = {name: value for name, value in node.items() if name != "cell"}
    return build(Network, rest, "network", cell=cell, outputs=task.outputs)
