"""The weights of an experiment's trials at chosen moments of their training."""

from collections.abc import Generator, Sequence
from typing import NamedTuple

import jax
import numpy as np

from lstm_jax.trials import lanes
from lstm_jax.trials.experiment import Experiment
from lstm_jax.trials.trial import grown
from lstm_jax.types import Bool, Int, Weights


class Snapshot(NamedTuple):
    """Where the trials of an experiment stand, as NumPy arrays with the trials last."""

    presentations: int
    """Made by every trial that has not ended before."""
    weights: Weights
    """`[..., trials]`; those of a trial that has ended are its last."""
    solved_at: Int[np.ndarray, "trials"]
    """The presentation at which the last stage of the criterion was met; 0 if it was not."""
    running: Bool[np.ndarray, "trials"]
    data: tuple
    """What the task keeps for each trial."""


def snapshots(experiment: Experiment, moments: Sequence[int]) -> Generator[Snapshot, None, None]:
    """Train all trials of an experiment and show them at these moments, numbers of presentations in rising order.

    A trial takes the same course as in `run`: it is decided by the seed and the trial's number.
    """
    trials, over = experiment.settings.trials, lanes.mesh()
    hyperparameters = jax.tree.map(lambda x: np.full(trials, x), experiment.hyperparameters)
    state = lanes.begin(experiment.program, experiment.settings.seed, np.arange(trials), hyperparameters, over)
    now = 0
    for moment in moments:
        if moment > now:
            state, _ = lanes.advance(experiment.program, state, moment - now, over)
            now = moment
        shown = (grown(experiment.trial, state), state.solved_at[-1], state.running, state.data)
        weights, solved_at, running, data = jax.tree.map(lambda x: np.asarray(x)[..., :trials], shown)
        yield Snapshot(moment, weights, solved_at, running, data)
