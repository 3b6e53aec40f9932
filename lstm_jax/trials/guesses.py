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
from lstm_jax.paper.guessing import PUBLISHED
from lstm_jax.paper.statistics import mean_interval
from lstm_jax.tasks import TASKS, Task, data_of
from lstm_jax.trials.experiment import read_network
from lstm_jax.trials.lanes import trial_key
from lstm_jax.trials.protocol import Experiment


@checked
class Settings:
    """What an experiment with guessing needs besides its trial."""

    problem: Annotated[str, Field(min_length=1)]
    """Name of the task in tables."""
    architecture: Annotated[str, Field(min_length=1)]
    """Name of the network in tables."""
    test_sequences: Annotated[int, Field(ge=1, le=100_000)]
    """Fresh sequences that a solution is shown."""
    trials: Annotated[int, Field(ge=1)]
    """Number of searches."""
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    """Trial i of a seed is the same trial whatever the number of trials."""
    curve_interval: Annotated[int, Field(ge=1)] = 500
    """Presentations per point of the curves."""


class GuessingExperiment(Experiment):
    """Trials that each guess weights until a net solves a problem."""

    trial: Guesser
    settings: Settings
    budget: None

    @property
    def label(self) -> str:
        """Problem and architecture."""
        words = "-".join(name.partition(",")[0] for name in (self.settings.problem, self.settings.architecture))
        return words.replace(" ", "-")

    def record(self, state: Search, lane: int, number: int) -> dict[str, Any]:
        """How many guesses it took, and how the solution does on fresh sequences."""
        best = int(np.asarray(state.best)[lane])
        if best >= self.trial.budget:
            return {"trial": number, "guesses": None}
        key, settings = trial_key(self.settings.seed, number), self.settings
        test = guessing.sets(
            self.trial.task, jax.random.fold_in(key, TEST), settings.test_sequences, self.trial.balanced
        )
        weights = guessing.draw(self.numbers, state.key[lane], np.int32(best))
        results = guessing.examine(self.numbers, weights, test)
        return {"trial": number, "guesses": best + 1} | {
            f"test_{name}": value.item() for name, value in results.items()
        }

    def solved(self, record: Mapping[str, Any]) -> bool:
        """Whether a solution was found."""
        return record["guesses"] is not None

    def summarise(self, records: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
        """The figures of all trials.

        Returns:
            What the configuration says; `solved`, `guesses` (of each trial, null if unsolved), `tried` (all guesses
            there were, the budget for an unsolved trial), `mean` (guesses per solution, which is the mean over the
            trials if all were solved), `mean_interval` (bootstrap, 95 %, if all were solved), `published`, `ratio`;
            over the solved trials `test_wrong`, `test_mean_absolute_error` (means) and `perfect` (trials without a test
            error); `seconds`, `rate` (guesses per second).
        """
        settings, trial = self.settings, self.trial
        solved = [record for record in records if record["guesses"] is not None]
        guesses = [record["guesses"] for record in records]
        tried = sum(trial.budget if number is None else number for number in guesses)
        mean = tried / len(solved) if solved else None
        published = PUBLISHED.get((settings.problem, settings.architecture))

        def over_solved(name):
            return float(np.mean([record[name] for record in solved])) if solved else None

        return {
            "problem": settings.problem,
            "architecture": settings.architecture,
            "weights": trial.network.weight_count,
            "training_sequences": trial.training_sequences,
            "test_sequences": settings.test_sequences,
            "trials": settings.trials,
            "seed": settings.seed,
            "budget": trial.budget,
            "solved": len(solved),
            "guesses": guesses,
            "tried": tried,
            "mean": mean,
            "mean_interval": mean_interval(guesses) if len(solved) == len(records) else None,
            "published": published,
            "ratio": mean / published if mean and published else None,
            "test_wrong": over_solved("test_wrong"),
            "test_mean_absolute_error": over_solved("test_mean_absolute_error"),
            "perfect": sum(record["test_wrong"] == 0 for record in solved),
            "seconds": round(seconds, 2),
            "rate": round(tried / seconds) if seconds else None,
        }


def read(node: Mapping[str, Any]) -> GuessingExperiment:
    """Check a resolved configuration (plain values): task, network, the fields of `Guesser` and of `Settings`.

    Raises:
        InputError: a field is unknown, missing or not allowed, or task and network do not fit together.
    """
    task = named(TASKS, node["task"], "task")
    _check_task(task)
    if "name" in node["network"]:
        raise InputError(f"network.name is {node['network']['name']!r}: guessed are the weights of networks of cells.")
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
