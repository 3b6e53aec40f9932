"""Run trials of weight guessing, from a directory and into it.

    configuration.json   what was run
    trials.jsonl         a `GuessRecord` for each trial, written after each
    summary.json         the figures of all trials, a `GuessSummary`; where it stands, the run is finished
    provenance.json      command, commit and machine, of every process that worked on it

A run that was killed goes on with the first trial that has no record.
"""

import dataclasses
import hashlib
import json
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Annotated, Any

import jax
from pydantic import Field

from lstm_jax.baselines import guessing
from lstm_jax.baselines.guessing import GUESSES, TEST, TRAINING, Guesser
from lstm_jax.configuration import build, configuration, named
from lstm_jax.errors import InputError
from lstm_jax.networks import Network
from lstm_jax.results import files, provenance
from lstm_jax.results.guesses import GuessRecord, summarise
from lstm_jax.results.records import plain, typed
from lstm_jax.runtime import check_right
from lstm_jax.tasks import TASKS, FiniteTask, Task
from lstm_jax.trials.experiment import read_network
from lstm_jax.trials.lanes import GROUP, trial_key

CHUNK = 500
"""Presentations of every lane in one compiled call; then the bar moves."""


@configuration
class Settings:
    """What a study needs besides task and network."""

    problem: Annotated[str, Field(min_length=1)]
    """Its name in tables."""
    architecture: Annotated[str, Field(min_length=1)]
    """Likewise."""
    weight_range: Annotated[float, Field(gt=0)]
    """Weights are uniform in [-weight_range, weight_range)."""
    training_sequences: Annotated[int, Field(ge=1, le=100_000)]
    test_sequences: Annotated[int, Field(ge=1, le=100_000)]
    balanced: bool
    """Whether the two classes have equally many sequences in both sets."""
    trials: Annotated[int, Field(ge=1)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    """Trial i of a seed is the same trial whatever the number of trials."""
    budget: Annotated[int, Field(ge=1, le=2_000_000_000)]
    """Guesses after which a trial is given up."""

    def __post_init__(self) -> None:
        for name in ("training_sequences", "test_sequences") if self.balanced else ():
            if getattr(self, name) % 2:
                raise InputError(f"{name} is {getattr(self, name)}: it should be even, half of each class.")


@dataclasses.dataclass(frozen=True)
class Study:
    """A checked configuration, ready to run."""

    guesser: Guesser
    settings: Settings
    resolved: str
    """The configuration it was read from, as JSON; every field that decides a result is in it."""

    @property
    def name(self) -> str:
        """Of the run's directory: problem, architecture and a hash of the configuration."""
        words = "-".join(label.partition(",")[0] for label in (self.settings.problem, self.settings.architecture))
        return f"{words.replace(' ', '-')}-{hashlib.sha256(self.resolved.encode()).hexdigest()[:8]}"


@dataclasses.dataclass(frozen=True)
class Progress:
    """Where a run stands."""

    trials: int
    """That have ended."""
    solved: int
    guesses: int
    """Of the trial that is going on."""
    rate: float
    """Guesses per second since the last report."""


def read(node: Mapping[str, Any]) -> Study:
    """Check a resolved configuration (plain values): task, network, and the fields of `Settings`.

    Raises:
        InputError: a field is unknown, missing or not allowed, or task and network do not fit together.
    """
    task = named(TASKS, node["task"], "task")
    _check_task(task)
    network = read_network(node["network"], task)
    if not isinstance(network, Network):
        raise InputError(f"network.name is {node['network']['name']!r}: guessed are the weights of networks of cells.")
    settings = build(Settings, {key: value for key, value in node.items() if key not in ("task", "network")}, "")
    return Study(Guesser(task, network, settings.weight_range), settings, json.dumps(node, sort_keys=True))


def run(study: Study, directory: Path, lanes: int, again: bool = False) -> Generator[Progress, None, None]:
    """Run the trials that have no record yet, yielding now and then.

    Args:
        study: what to run.
        directory: its own. The results are there when the iterator ends.
        lanes: guesses that are examined at a time; the result does not depend on them.
        again: whether to run trials that have a record, too.

    Raises:
        InputError: the directory cannot be written, what is in it is damaged, or another process runs in it.
    """
    if not isinstance(lanes, int) or lanes < 1 or lanes % GROUP:
        raise InputError(f"lanes is {lanes}: it should be a multiple of {GROUP}.")
    check_right()
    files.directory(directory, "folder")
    with files.locked(directory):
        records = [] if again else _read(directory)
        provenance.note(directory, continued=bool(records))
        files.write_text(directory / "configuration.json", study.resolved + "\n")
        (directory / "summary.json").unlink(missing_ok=True)
        for trial in range(len(records), study.settings.trials):
            records.append((yield from _trial(study, trial, lanes, sum(record.solved for record in records))))
            files.write_json_lines(directory / "trials.jsonl", map(plain, records))
        settings = study.settings
        summary = summarise(
            records,
            problem=settings.problem,
            architecture=settings.architecture,
            weights=study.guesser.network.weight_count,
            training_sequences=settings.training_sequences,
            test_sequences=settings.test_sequences,
            seed=settings.seed,
            budget=settings.budget,
        )
        files.write_json(directory / "summary.json", plain(summary))


def _trial(study: Study, trial: int, lanes: int, solved: int) -> Generator[Progress, None, GuessRecord]:
    """Guess until a net is found or the budget is spent; the record of the trial."""
    settings, guesser = study.settings, study.guesser
    started = before = time.monotonic()
    keys = [jax.random.fold_in(trial_key(settings.seed, trial), branch) for branch in (TRAINING, TEST, GUESSES)]
    training = guessing.sets(guesser.task, keys[0], settings.training_sequences, settings.balanced)
    search, guesses = guessing.start(guesser, keys[2], lanes), 0
    while not guessing.ended(search, settings.budget):
        search = guessing.advance(guesser, keys[2], training, search, settings.budget, CHUNK)
        now, taken = time.monotonic(), min(int(search.next), settings.budget)
        yield Progress(trial, solved, taken, (taken - guesses) / (now - before))
        before, guesses = now, taken
    best, wrong, error = int(search.best), None, None
    if best < settings.budget:
        test = guessing.sets(guesser.task, keys[1], settings.test_sequences, settings.balanced)
        results = guessing.examine(guesser, guessing.draw(guesser, keys[2], search.best), test)
        wrong, error = results["wrong"].item(), results["mean_absolute_error"].item()
    guesses = best + 1 if best < settings.budget else None
    return GuessRecord(trial, guesses, wrong, error, round(time.monotonic() - started, 4))


def _read(directory: Path) -> list[GuessRecord]:
    path = directory / "trials.jsonl"
    try:
        return list(typed(GuessRecord, files.read_json_lines(path), path)) if path.exists() else []
    except ValueError:
        raise InputError(f"{path} is damaged; remove it to run the study again.") from None


def _check_task(task: Task) -> None:
    """Refuse tasks that guessing is not made for."""
    if isinstance(task, FiniteTask):
        raise InputError(f"task is {type(task).__name__}, which has sets of its own: it should draw its sequences.")
    sequence = jax.eval_shape(task.sample, jax.random.split(jax.random.key(0), 1))
    if sequence.target_mask is not None:
        raise InputError(f"task is {type(task).__name__}, with targets at many steps: it should have one at the end.")
