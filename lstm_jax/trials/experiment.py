"""The training of nets as an experiment: a row of the paper or one of your own, its configuration and its records."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import jax
import numpy as np
from pydantic import Field

from lstm_jax.baselines import BASELINES, Attention, CascadeCorrelation, Chunker
from lstm_jax.compiled import kept
from lstm_jax.configuration import arrays, build, checked, named
from lstm_jax.construction import Construction
from lstm_jax.criteria import CRITERIA
from lstm_jax.errors import InputError, unknown
from lstm_jax.learners import RULES, Descent, Learner, Quickprop, read_optimizer
from lstm_jax.networks import Network, network_of
from lstm_jax.options import completed, recorded
from lstm_jax.paper.tables import ROWS
from lstm_jax.results.training import Measures, StageRecord, Summary, TrialRecord, summarise
from lstm_jax.tasks import TASKS, Task
from lstm_jax.trials.lanes import VECTOR, trial_key
from lstm_jax.trials.memory import fitting
from lstm_jax.trials.own_parts import check_criterion, check_step, check_task
from lstm_jax.trials.parts import carry_bytes, check_fit, check_own_sets, longest, own_bytes, sequence_bytes, shapes
from lstm_jax.trials.protocol import Experiment
from lstm_jax.trials.training import Training, TrainingState, grown, test
from lstm_jax.trials.transfer import Transfer, read_transfer
from lstm_jax.types import Weights

QUICKPROP = "quickprop"
"""Name in place of a rule, for networks that learn by quickprop."""

ALPHA = "alpha"
"""Field for the learning rate of a row of Table 10; an optimizer that uses it has it among its own settings, too."""

TEST = 2**31 - 1
"""Branch of a trial's key that its test sequences come from; those of further tasks come from the ones before it."""

PARTS = ("task", "network", "gradient", "criterion", "construction", "optimizer", "transfer")


@checked
class Settings:
    """What an experiment needs besides its parts."""

    row: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Name in Table 10, or one of your own; it begins the name of the run's directory."""
    weight_range: Annotated[float, Field(gt=0)] = 0.1
    """r of Table 10: initial weights are uniform in [-r, r]."""
    trials: Annotated[int, Field(ge=1)] = 10
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the trials: trial i of a seed is the same whatever the number of trials."""
    budget: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    """Presentations after which an unsolved trial counts as a failure. None for the paper's limit or ten times its
    mean, rounded up to whole batches."""
    test_sequences: Annotated[int, Field(ge=1, le=100_000)] = 2560
    curve_interval: Annotated[int, Field(ge=1)] = 1000
    """Number of presentations per point of the learning curves."""
    precision: Literal["float32", "float64"] = "float32"
    """Type of weights, activations and gradients. Sequences and initial weights are drawn alike: the same numbers."""


@dataclasses.dataclass(frozen=True)
class TrainingExperiment(Experiment):
    """Trials that each train a net on sequences until its criterion is met."""

    record_type = TrialRecord
    summary_type = Summary
    trial: Training
    settings: Settings
    budget: int
    resolved: str
    """The configuration as JSON. It has every field that decides a result, but for those that `options.recorded` leaves
    out."""
    transfer: Transfer | None = None
    """Further tasks on which a net that has succeeded is tested, too."""

    @property
    def label(self) -> str:
        """The name of the row."""
        return self.settings.row

    @property
    def precision(self) -> str:
        """As the setting says."""
        return self.settings.precision

    @property
    def work(self) -> float:
        """About how much there is to compute: time steps of all trials, of as many presentations as the paper needed.

        Rows that the paper does not have are taken to need their budget. The number of weights counts for little: most
        inputs are symbols, whose products are looked up.
        """
        paper = ROWS[self.label].results[-1].presentations if self.label in ROWS else None
        return self.settings.trials * float(min(paper or self.budget, self.budget)) * longest(self.trial.task)

    @property
    def memory(self) -> dict[str, int]:
        """As of any experiment, with the lanes that are advanced at a time and the sequences that are shown at a time.

        A lane has its weights, a gradient, and the weights with which each stage was met.
        """
        task, network = self.trial.task, self.trial.network
        lanes, weights = 1 if self.trial.wide else VECTOR, self.trial.weight_count
        learned = lanes * self.trial.learner.turn(task, self.settings.seed)
        copies = 2 + len(self.trial.criterion.stages)
        tests = [(self.settings.test_sequences, task)]
        tests += [(self.transfer.sequences, each) for each in self.transfer.tasks] if self.transfer else []
        return {
            **super().memory,
            f"own sets of {self.settings.trials:,} trials": self.settings.trials * own_bytes(task),
            f"{lanes * copies} copies of a net of {weights:,} weights": np.dtype(self.precision).itemsize
            * lanes
            * weights
            * copies,
            f"carries of {lanes} lanes of {type(network).__name__}": lanes * carry_bytes(network),
            f"{learned:,} sequences of {longest(task):,} steps": learned * sequence_bytes(task, network, errors=True),
        } | {
            f"{shown:,} test sequences of {longest(each):,} steps": shown * sequence_bytes(each, network, errors=False)
            for shown, each in tests
        }

    @property
    def net(self) -> dict[str, Any]:
        """How large input vectors (or the alphabet) and outputs are, and whether inputs are symbols."""
        task = self.trial.task
        return {"inputs": task.inputs, "outputs": task.outputs, "symbols": shapes(task).inputs.ndim == 2}

    def weights(self, state: TrainingState, lane: int) -> Weights:
        """Those of the last stage of the criterion; of a net that did not reach it, its last ones."""
        solved = np.asarray(state.solved_at)[-1, lane] > 0
        return _of_lane(state.solutions[-1] if solved else grown(self.trial, state), lane)

    def record(self, state: TrainingState, lane: int, number: int) -> TrialRecord:
        """Every stage that a trial reached, and its end, each tested on fresh sequences."""
        solved_at = np.asarray(state.solved_at)[:, lane].tolist()

        def tested(weights: Weights) -> Measures:
            own, data = _of_lane((weights, state.data), lane)
            results = _tested(self.numbers, own, self.settings.seed, number, TEST, data, self.settings.test_sequences)
            return Measures(**{name: value.item() for name, value in jax.device_get(results).items()})

        def elsewhere(weights: Weights) -> tuple[int, ...]:
            return tuple(self._wrong_elsewhere(_of_lane(weights, lane), number))

        results = [tested(weights) if at else None for at, weights in zip(solved_at, state.solutions, strict=True)]
        criterion = self.trial.criterion
        stages = tuple(
            StageRecord(stage.sentence, stage.short, at - criterion.uncounted if at else None, result)
            for stage, at, result in zip(criterion.stages, solved_at, results, strict=True)
        )
        return TrialRecord(
            row=self.settings.row,
            seed=self.settings.seed,
            trial=number,
            stages=stages,
            diverged=stages[-1].presentations is None and not bool(np.asarray(state.running)[lane]),
            # A trial that has succeeded ends there.
            end=results[-1] or tested(grown(self.trial, state)),
            transfer=elsewhere(state.solutions[-1]) if results[-1] else (),
        )

    def _wrong_elsewhere(self, weights: Weights, number: int) -> Iterator[int]:
        """How many fresh sequences of each further task the net of a trial answers wrong."""
        if self.transfer is None:
            return
        for i, task in enumerate(self.transfer.tasks, start=1):
            trial = arrays(dataclasses.replace(self.trial, task=task), precision=self.precision)
            results = _tested(trial, weights, self.settings.seed, number, TEST - i, (), self.transfer.sequences)
            yield int(results["wrong"])

    def summarise(self, records: Sequence[TrialRecord], seconds: float) -> tuple[Summary, ...]:
        """The figures of every stage beside the paper's."""
        return summarise(
            records,
            weights=self.trial.weight_count,
            budget=self.budget,
            test_sequences=self.settings.test_sequences,
            seconds=seconds,
        )


def _of_lane(tree: Any, lane: int) -> Any:
    return jax.tree.map(lambda x: np.asarray(x)[..., lane], tree)


@partial(kept, static_argnames="sequences")
def _tested(trial: Training, weights: Weights, seed, number, branch, data, sequences: int):
    key = jax.random.fold_in(trial_key(seed, number), branch)
    return test(trial, weights, key, data, sequences)


def read(node: Mapping[str, Any]) -> TrainingExperiment:
    """Check a resolved configuration (plain values).

    Raises:
        InputError: a field is unknown, missing or not allowed, parts do not fit together, or memory does not suffice.
    """
    experiment = fitting(_made, node)
    if own := list(_own_names({name: node[name] for name in ("task", "network", "criterion", "optimizer")})):
        check_step(own, experiment.trial)
    return experiment


def _made(node: Mapping[str, Any]) -> TrainingExperiment:
    """As `read`, before anything is asked about memory."""
    node = completed({name: value for name, value in node.items() if name != ALPHA})
    for name in ("task", "network", "criterion", "optimizer", "gradient"):
        if name not in node:
            raise InputError(f"{name} is missing: it has no default.")
    task = named(TASKS, node["task"], "task")
    if node["task"]["name"] not in TASKS:
        check_task(node["task"]["name"], task)
    network = read_network(node["network"], task)
    criterion = named(CRITERIA, node["criterion"], "criterion")
    if node["criterion"]["name"] not in CRITERIA:
        check_criterion(node["criterion"]["name"], criterion, task)
    settings = build(Settings, {key: value for key, value in node.items() if key not in PARTS}, "")
    learner = _read_learner(node, settings)
    learner.check(network, task)
    turn = learner.turn(task, settings.seed)
    budget = settings.budget
    if budget is None:
        if settings.row not in ROWS:
            raise InputError(f"budget is missing: row {settings.row!r} has no figure in the paper to derive it from.")
        budget = -(-ROWS[settings.row].budget // turn) * turn
    if criterion.fewest_presentations > budget:
        raise InputError(
            f"budget is {budget}: it should be at least {criterion.fewest_presentations}, before which the criterion "
            "cannot be met."
        )
    check_fit(task, network)
    check_own_sets(task, criterion, turn, settings.test_sequences)
    for name, number in (("budget", budget), ("curve_interval", settings.curve_interval)):
        if number % turn:
            raise InputError(
                f"{name} is {number}: it should be a multiple of {turn}, the number of sequences shown at a time."
            )
    trial = Training(task, network, learner, criterion, settings.weight_range)
    transfer = read_transfer(node.get("transfer"), task, network)
    resolved = json.dumps({**recorded(node), "budget": budget}, sort_keys=True)
    return TrainingExperiment(trial, settings, budget, resolved, transfer)


def _own_names(node: Any) -> Iterator[str]:
    """Names of code of the user's own, anywhere in a configuration: they have a dot."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from [value] if key == "name" and "." in str(value) else _own_names(value)
    elif isinstance(node, list):
        for item in node:
            yield from _own_names(item)


def _read_learner(node: Mapping[str, Any], settings: Settings) -> Learner:
    """Check the nodes `gradient`, `optimizer` and `construction`."""
    rule, horizon = _rule(node["gradient"])
    construction = None
    if node.get("construction") is not None:
        construction = build(Construction, node["construction"], "construction")
    fields = node["optimizer"]
    if not isinstance(fields, Mapping):
        raise InputError(f"optimizer is {fields!r}: it needs the field learning_rate.")
    turns = {name: value for name, value in fields.items() if name in ("weight_change", "batch")}
    optimizer = read_optimizer({name: value for name, value in fields.items() if name not in turns})
    if rule != QUICKPROP:
        rest = {"optimizer": optimizer, "rule": rule, "horizon": horizon, "construction": construction}
        return build(Descent, turns, "optimizer", **rest)
    usual = {"learning_rate": fields["learning_rate"], "name": "sgd", "weight_change": "sequence", "batch": 1}
    for name, value in fields.items():
        if value != usual.get(name):
            raise InputError(f"optimizer.{name} is {value!r}: quickprop has a way of its own.")
    if construction is not None:
        raise InputError("construction should be null: only cells can join a network.")
    return Quickprop(optimizer.learning_rate, settings.weight_range)


def _rule(node: Any) -> tuple[str, int | None]:
    """A rule by its name alone, or with its settings: {name: bptt, horizon: 10}; the name and the horizon."""
    fields = node if isinstance(node, Mapping) else {"name": node}
    for name in fields:
        if name not in ("name", "horizon"):
            raise InputError(f"gradient.{name} is not a setting: gradient has name, horizon.")
    name, horizon = fields.get("name"), fields.get("horizon")
    if name not in (*RULES, QUICKPROP):
        raise unknown(f"gradient is {name!r}", name, (*RULES, QUICKPROP))
    if horizon is not None and not (isinstance(horizon, int) and horizon >= 1):
        raise InputError(f"gradient.horizon is {horizon!r}: it should be a positive integer, or null for all steps.")
    return name, horizon


def read_network(node: Mapping[str, Any], task: Task) -> Network | Chunker | CascadeCorrelation | Attention:
    """Check the node `network`; the numbers of inputs and outputs are taken from the task.

    Raises:
        InputError: as `read`.
    """
    if not isinstance(node, Mapping):
        raise InputError(f"network is {node!r}: it needs a cell, with a name and the cell's fields, or a name.")
    if "name" in node:
        network = named(BASELINES, node, "network", inputs=task.inputs, outputs=task.outputs)
        if not all(hasattr(network, name) for name in ("init", "apply", "weight_count")):
            cell = "init, initial_carry, step, inputs, outputs and weight_count"
            raise InputError(
                f"network.name is {node['name']!r}: it should have init, apply and weight_count, or as a cell {cell}."
            )
        return network
    return network_of(node, task.inputs, task.outputs)
