"""Weight guessing as an experiment: its configuration and its records."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import jax
import numpy as np
from pydantic import Field

from lstm_jax.baselines import guessing
from lstm_jax.baselines.guessing import TEST, Guesser, Search
from lstm_jax.configuration import build_from_one, checked, named
from lstm_jax.errors import InputError
from lstm_jax.results.guesses import GuessRecord, GuessSummary, summarise
from lstm_jax.tasks import TASKS, Task, data_of
from lstm_jax.trials.experiment import read_network
from lstm_jax.trials.lanes import trial_key
from lstm_jax.trials.memory import fitting
from lstm_jax.trials.own_parts import check_task
from lstm_jax.trials.protocol import Experiment


@checked
class Settings:
    """What an experiment with guessing needs besides its trial."""

    problem: Annotated[str, Field(min_length=1)]
    """Name of the task in tables."""
    architecture: Annotated[str, Field(min_length=1)]
    """Name of the network in tables."""
    test_sequences: Annotated[int, Field(ge=1, le=100_000)]
    """Number of fresh sequences that a solution is shown."""
    trials: Annotated[int, Field(ge=1)]
    """Number of searches."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    """Seed of the trials: trial i of a seed is the same whatever the number of trials."""
    curve_interval: Annotated[int, Field(ge=1)] = 50
    """Number of presentations per point of the curves."""


class GuessingExperiment(Experiment):
    """Trials that each guess weights until a net solves a problem."""

    record_type = GuessRecord
    summary_type = GuessSummary
    trial: Guesser
    settings: Settings
    budget: None

    @property
    def label(self) -> str:
        """The names of the problem and of the architecture."""
        words = "-".join(name.partition(",")[0] for name in (self.settings.problem, self.settings.architecture))
        return words.replace(" ", "-")

    def record(self, state: Search, lane: int, number: int) -> GuessRecord:
        """How many guesses it took, and how the solution does on fresh sequences."""
        best = int(np.asarray(state.best)[lane])
        if best >= self.trial.budget:
            return GuessRecord(number, None, None, None)
        key, settings = trial_key(self.settings.seed, number), self.settings
        test = guessing.sets(
            self.trial.task, jax.random.fold_in(key, TEST), settings.test_sequences, self.trial.balanced
        )
        weights = guessing.draw(self.numbers, state.key[lane], np.int32(best))
        results = guessing.examine(self.numbers, weights, test)
        return GuessRecord(number, best + 1, results["wrong"].item(), results["mean_absolute_error"].item())

    def summarise(self, records: Sequence[GuessRecord], seconds: float) -> tuple[GuessSummary]:
        """The figures of all trials beside what is published."""
        summary = summarise(
            records,
            problem=self.settings.problem,
            architecture=self.settings.architecture,
            weights=self.trial.network.weight_count,
            training_sequences=self.trial.training_sequences,
            test_sequences=self.settings.test_sequences,
            seed=self.settings.seed,
            budget=self.trial.budget,
            seconds=seconds,
        )
        return (summary,)


def read(node: Mapping[str, Any]) -> GuessingExperiment:
    """Check a resolved configuration (plain values): task, network, the fields of `Guesser` and of `Settings`.

    Raises:
        InputError: a field is unknown, missing or not allowed, task and network do not fit together, or memory does not
            suffice.
    """
    return fitting(_made, node)


def _made(node: Mapping[str, Any]) -> GuessingExperiment:
    """As `read`, before anything is asked about memory."""
    task = named(TASKS, node["task"], "task")
    if node["task"]["name"] not in TASKS:
        check_task(node["task"]["name"], task)
    _check_task(task)
    if "name" in node["network"]:
        raise InputError(
            f"network.name is {node['network']['name']!r}: only weights of networks of cells can be guessed."
        )
    network = read_network(node["network"], task)
    rest = {name: value for name, value in node.items() if name not in ("task", "network")}
    trial, settings = build_from_one(rest, Guesser, Settings, task=task, network=network)
    for name, number in (
        ("training_sequences", trial.training_sequences),
        ("test_sequences", settings.test_sequences),
    ):
        if trial.balanced and number % 2:
            raise InputError(f"{name} is {number}: it should be even, half of each class.")
    return GuessingExperiment(trial, settings, None, json.dumps(node, sort_keys=True))


def _check_task(task: Task) -> None:
    """Refuse tasks that guessing is not made for."""
    if data_of(task, np.zeros(1, int), np.zeros(1, int)):
        raise InputError(f"task is {type(task).__name__}, which has sets of its own: it should draw its sequences.")
    sequence = jax.eval_shape(task.sample, jax.random.split(jax.random.key(0), 1))
    if sequence.target_mask is not None:
        raise InputError(f"task is {type(task).__name__}, with targets at many steps: it should have one at the end.")
