"""One row's experiment: a trial, its hyperparameters, and how many trials are run how far."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

import jax
import numpy as np
from pydantic import Field

from lstm_jax.baselines import CascadeCorrelation, Chunker, Learner
from lstm_jax.cells import read_cell
from lstm_jax.cells.gated import Gated
from lstm_jax.cells.mapped import Mapped
from lstm_jax.configuration import build, configuration, named
from lstm_jax.construction import Construction
from lstm_jax.criteria import Criterion, Examination, Window
from lstm_jax.errors import InputError
from lstm_jax.networks import Network
from lstm_jax.paper.tables import ROWS
from lstm_jax.tasks import TASKS, FiniteTask, Task
from lstm_jax.trials.trial import ONLINE, RULES, Hyperparameters, Trial
from lstm_jax.varying import numbers, without

BASELINES = {"chunker": Chunker, "cascade_correlation": CascadeCorrelation}
"""Networks with a name; one without is a `Network`, and has a cell."""

QUICKPROP = "quickprop"
"""In place of a rule, for networks that learn by it themselves."""

CRITERIA = {"window": Window, "examination": Examination}
PARTS = ("task", "network", "gradient", "criterion", "construction", "optimizer")


@configuration
class Optimizer:
    """Plain gradient descent, on-line: no momentum, no clipping, no decay."""

    learning_rate: Annotated[float, Field(gt=0)]
    """alpha of Table 10; it multiplies the gradient of E/2."""
    weight_change: Literal["sequence", "step"] = "sequence"
    """Reading: whether weights change after every sequence or after every step."""


@configuration
class Rule:
    """How an error becomes a gradient."""

    name: Literal["truncated", "truncated_by_autodiff", "bptt", "rtrl", "present", "chunker", "quickprop"]
    horizon: Annotated[int, Field(ge=1)] | None = None
    """With bptt: through how many steps an error is propagated; None: all."""

    def __post_init__(self) -> None:
        if self.horizon is not None and self.name != "bptt":
            raise InputError(f"horizon is {self.horizon}: it is a setting of bptt, not of {self.name}.")


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
    """Presentations after which an unsolved trial is a failure. None: the paper's limit, or ten times its mean."""
    test_sequences: Annotated[int, Field(ge=1, le=100_000)] = 2560
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
    def program(self) -> Trial:
        """The trial without the numbers that may differ from lane to lane: what is compiled."""
        return without(self.trial)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """The numbers that may differ from lane to lane, for one lane."""

        def array(number: float | int) -> Any:
            return np.asarray(number, np.float32 if isinstance(number, float) else np.int32)

        return Hyperparameters(
            learning_rate=array(float(self.learning_rate)),
            weight_range=array(float(self.settings.weight_range)),
            others=jax.tree.map(array, numbers(self.trial)),
        )

    @property
    def name(self) -> str:
        """Of the run's directory: the row and a hash of the configuration."""
        return f"{self.settings.row}-{hashlib.sha256(self.resolved.encode()).hexdigest()[:8]}"


def read(node: Mapping[str, Any]) -> Experiment:
    """Check a resolved configuration (plain values).

    Raises:
        InputError: a field is unknown, missing or not allowed, or parts do not fit together.
    """
    for name in ("task", "network", "criterion", "optimizer", "gradient"):
        if name not in node:
            raise InputError(f"{name} is missing: it has no default.")
    task = _read_task(node["task"])
    network = read_network(node["network"], task)
    criterion = named(CRITERIA, node["criterion"], "criterion")
    construction = None
    if node.get("construction") is not None:
        construction = build(Construction, node["construction"], "construction")
    optimizer = build(Optimizer, node["optimizer"], "optimizer")
    settings = build(Settings, {key: value for key, value in node.items() if key not in PARTS}, "")
    rule = _rule(node["gradient"])
    budget = settings.budget
    if budget is None:
        if settings.row not in ROWS:
            raise InputError(f"budget is missing: row {settings.row!r} has no figure in the paper to derive it from.")
        budget = ROWS[settings.row].budget
    if criterion.fewest_presentations > budget:
        raise InputError(
            f"budget is {budget}: it should be at least {criterion.fewest_presentations}, before which the criterion "
            "cannot be met."
        )
    _check_learning(network, rule, optimizer, construction)
    _check_fit(task, criterion, settings)
    _check_baseline(task, network, criterion, settings, budget)
    trial = Trial(task, network, rule.name, criterion, optimizer.weight_change, construction, rule.horizon)
    resolved = json.dumps({**node, "budget": budget}, sort_keys=True)
    return Experiment(trial, optimizer.learning_rate, settings, budget, resolved)


def _read_task(node: Any) -> Task:
    """Check the node `task`; of one of your own also whether it draws sequences at all."""
    task = named(TASKS, node, "task")
    if isinstance(task, tuple(TASKS.values())):
        return task
    try:
        sequence = _shapes(task, 0)
        outputs = jax.ShapeDtypeStruct(sequence.targets.shape, sequence.targets.dtype)
        jax.eval_shape(task.correct, outputs, sequence)
        numbers = task.inputs, task.outputs
    except Exception as error:
        words = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise InputError(f"task.name is {node['name']!r}, which cannot be used: {words}.") from None
    if not all(isinstance(number, int) and number >= 1 for number in numbers):
        raise InputError(f"task.name is {node['name']!r}: its inputs and outputs should be positive integers.")
    return task


def _rule(node: Any) -> Rule:
    """A rule by its name alone, or with its settings: {name: bptt, horizon: 10}."""
    if isinstance(node, Mapping):
        return build(Rule, node, "gradient")
    if node not in (*RULES, QUICKPROP):
        raise InputError(f"gradient is {node!r}: allowed are {', '.join((*RULES, QUICKPROP))}.")
    return Rule(node)


def _check_learning(
    network: Network | Chunker | CascadeCorrelation, rule: Rule, optimizer: Optimizer, construction: Construction | None
) -> None:
    """Refuse rules that do not fit the network, or one another."""
    for name, cls in {"chunker": Chunker, QUICKPROP: CascadeCorrelation}.items():
        if (rule.name == name) != isinstance(network, cls):
            raise InputError(
                f"gradient is {rule.name!r} and the network a {type(network).__name__}: {name!r} and {cls.__name__} "
                "need each other."
            )
    if optimizer.weight_change == "step" and rule.name not in ONLINE:
        raise InputError(
            f"optimizer.weight_change is 'step': gradient should be {' or '.join(ONLINE)}, not {rule.name!r}."
        )
    if not isinstance(network, Network):
        if construction is not None:
            raise InputError("construction should be null: only cells can join a network.")
        return
    cell = network.cell
    if rule.name == "truncated" and not (isinstance(cell, Gated) and cell.state_groups):
        raise InputError(
            f"gradient is 'truncated', a closed form that memory blocks and their descendants have: for "
            f"{type(cell).__name__} it should be bptt, rtrl, present or truncated_by_autodiff."
        )
    if rule.name == "truncated_by_autodiff" and isinstance(cell, Mapped):
        raise InputError(
            "gradient is 'truncated_by_autodiff', and what to truncate in a cell of your own is not known: it should "
            "be bptt, rtrl or present."
        )
    if construction is not None and not network.output_layer:
        raise InputError("construction needs network.output_layer=true: until they join, output units see no cells.")


def _check_fit(task: Task, criterion: Criterion, settings: Settings) -> None:
    """Refuse a task whose sequences are not what it says, or that has other numbers of test sequences."""
    sequence = _shapes(task, settings.seed if isinstance(task, FiniteTask) else 0)
    inputs, targets = sequence.inputs.shape, sequence.targets.shape
    symbols = len(inputs) == 2
    if (not symbols and inputs[1] != task.inputs) or targets[-2] != task.outputs:
        raise InputError(
            f"task is {type(task).__name__}, which has {task.inputs} inputs and {task.outputs} outputs: its sequences "
            f"should be of that kind, but inputs are {list(inputs)} and targets {list(targets)}."
        )
    if isinstance(task, FiniteTask):
        available = jax.eval_shape(task.examination, *task.data(settings.seed, np.arange(1))).length.shape[0]
        numbers = {"test_sequences": settings.test_sequences}
        if isinstance(criterion, Examination):
            numbers["criterion.sequences"] = criterion.sequences
        for name, number in numbers.items():
            if number != available:
                raise InputError(f"{name} is {number}: it should be {available}, the size of the task's own sets.")


@lru_cache
def _shapes(task: Task, seed: int) -> Any:
    """Shapes of a task's sequences, one lane: those of a sweep are asked for a thousand times."""
    data = task.data(seed, np.arange(1)) if isinstance(task, FiniteTask) else ()
    return jax.eval_shape(task.sample, _one_key(), *data)


def _one_key() -> jax.Array:
    return jax.random.split(jax.random.key(0), 1)


def _check_baseline(
    task: Task,
    network: Network | Chunker | CascadeCorrelation,
    criterion: Criterion,
    settings: Settings,
    budget: int,
) -> None:
    """Refuse a task that a competitor cannot learn, and numbers that its epochs do not divide."""
    if isinstance(network, Network):
        return
    if _shapes(task, settings.seed).target_mask is None:
        raise InputError(f"network is a {type(network).__name__}: the task should have targets at every step.")
    if not isinstance(network, Learner):
        return
    if not isinstance(task, FiniteTask) or not isinstance(criterion, Examination):
        raise InputError(
            f"network is a {type(network).__name__}, which learns from a whole training set: the task should have one "
            "(embedded_reber), and the criterion should be an examination."
        )
    epoch = jax.eval_shape(task.training, *task.data(settings.seed, np.arange(1))).length.shape[0]
    numbers = {"budget": budget, "curve_interval": settings.curve_interval, "criterion.interval": criterion.interval}
    for name, number in numbers.items():
        if number % epoch:
            raise InputError(f"{name} is {number}: it should be a multiple of {epoch}, the size of the training set.")


def read_network(node: Mapping[str, Any], task: Task) -> Network | Chunker | CascadeCorrelation:
    """Check the node `network`; what the task sets is taken from it.

    Raises:
        InputError: as `read`.
    """
    if "name" in node:
        return named(BASELINES, node, "network", inputs=task.inputs, outputs=task.outputs)
    cell = read_cell(node.get("cell"), task.inputs)
    rest = {name: value for name, value in node.items() if name != "cell"}
    return build(Network, rest, "network", cell=cell, outputs=task.outputs)
