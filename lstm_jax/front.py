"""What a notebook needs: an experiment by its name, its training, and runs that are on disk.

Everything that takes time to import is imported when it is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstm_jax.errors import InputError

if TYPE_CHECKING:
    from lstm_jax.results import Run, Runs
    from lstm_jax.trials.experiment import TrainingExperiment


def experiment(row: str, *changes: str, config_dir: str | Path | None = None, **settings: Any) -> TrainingExperiment:
    """A row of the paper, or another file of `configs/experiment`, ready to train.

    >>> import lstm_jax
    >>> order = lstm_jax.experiment("6a", trials=8)
    >>> order.trial.network.weight_count, order.budget
    (156, 313900)
    >>> lstm_jax.experiment("4-1", "network=gru", "optimizer.learning_rate=0.1", seed=1).settings.row
    '4-1-gru'

    Args:
        row: its name in Table 10, or the name of another file.
        *changes: overrides, as on the command line of `experiments.train`.
        config_dir: a folder with configurations of your own, `<config_dir>/experiment/mine.yaml` for the row "mine";
            `network`, `task` and other folders beside it are found, too.
        **settings: the settings that have no dots, such as `trials`, `seed`, `budget` and `gradient`.

    Raises:
        InputError: a name or a value is not allowed, the sentence says what is; or the folder is not there.
    """
    from omegaconf import OmegaConf

    from lstm_jax.composition import FOLDERS, by_reading, compose_row, composing
    from lstm_jax.jobs import OUTPUT
    from lstm_jax.overrides import quote_row, quoted
    from lstm_jax.own_files import located
    from lstm_jax.trials.experiment import read

    own = [f"{name}={quoted(value)}" for name, value in settings.items()]
    if config_dir is not None and not Path(config_dir).is_dir():
        raise InputError(f"config_dir is {str(config_dir)!r}: it should be a folder.")
    folders = [f"{FOLDERS}{quoted([str(Path(config_dir).absolute())])}"] if config_dir is not None else []
    for change in (*changes, *own):
        name = change.lstrip("+~").partition("=")[0]
        if name in (*OUTPUT, "tracker") or name.startswith(("tracker.", "-")):
            raise InputError(
                f"{change!r} is no change of an experiment: train(experiment, folder, again) has the rest."
            )
    try:
        with composing():
            config = compose_row([quote_row(f"experiment={row}"), *changes, *own, *folders])
            node: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
        return read({name: value for name, value in node.items() if name not in (*OUTPUT, "tracker")})
    except InputError as error:
        own_folders = [Path(config_dir)] if config_dir is not None else []
        told = by_reading(str(error), [*changes, *own])
        raise InputError(located(told, own_folders, {f"experiment/{row}"})) from None


def train(experiment: TrainingExperiment, folder: str | Path = "runs", again: bool = False) -> Run:
    """Train all trials of an experiment and show how far they are; what is finished in the folder is not trained again.

    Interrupted, it goes on from its last checkpoint when it is called again, and comes to the same result.

    Args:
        experiment: what to train.
        folder: where the run's own directory goes, named by the row and a hash of the configuration.
        again: whether to train although the folder holds a finished run of this configuration.

    Raises:
        InputError: it is no experiment, the folder cannot be written to, a file in it is damaged, or another process
            runs there.
    """
    if not hasattr(experiment, "settings"):
        raise InputError(f"experiment is {experiment!r}: it should be what lstm_jax.experiment gives.")
    from rich.console import Console

    from lstm_jax.jobs import Job, Output, run_jobs
    from lstm_jax.results import files, runs

    directory = files.directory(Path(folder), "folder") / experiment.name
    output = Output(str(folder), checkpoint_seconds=10.0, again=again)
    run_jobs([Job(experiment.label, experiment, directory, output)], Console())
    return runs.read_run(directory)


def load(folder: str | Path) -> Runs:
    """All runs in a folder, however deep, or the one that the folder is.

    >>> import lstm_jax
    >>> runs = lstm_jax.load("results/closest")
    >>> [run] = runs.where("row=6a").runs
    >>> f"{run.summary[-1].solved} of {len(run.records)} trials are solved"
    '20 of 20 trials are solved'

    Raises:
        InputError: the folder does not exist or holds no run.
    """
    from lstm_jax.results import load

    return load(folder)
