"""The weights of an experiment's trials at chosen moments of their training."""

from collections.abc import Generator, Sequence
from typing import NamedTuple

import jax
import numpy as np

from lstm_jax.configuration import arrays
from lstm_jax.trials import lanes
from lstm_jax.trials.experiment import TrainingExperiment
from lstm_jax.trials.training import TrainingState, grown
from lstm_jax.types import Bool, Int, Weights


class Snapshot(NamedTuple):
    """Where the trials of an experiment stand, as NumPy arrays with the trials last."""

    presentations: int
    """Number of presentations made by every trial that has not ended before."""
    weights: Weights
    """The weights, `[..., trials]`; those of a trial that has ended are its last."""
    solved_at: Int[np.ndarray, "trials"]
    """The presentation at which the last stage of the criterion was met; 0 if it was not."""
    running: Bool[np.ndarray, "trials"]
    data: tuple
    """What the task keeps for each trial."""


def snapshots(experiment: TrainingExperiment, moments: Sequence[int]) -> Generator[Snapshot, None, None]:
    """Train all trials of an experiment and show them at these moments, numbers of presentations in rising order.

    A trial takes the same course as in `run`: it is decided by the seed and the trial's number.
    """
    seed, over = experiment.settings.seed, lanes.mesh()
    tiles = lanes.tiles(np.arange(experiment.settings.trials), experiment.trial, over)
    numbers = [arrays(experiment.trial, tile.shape, experiment.precision) for tile in tiles]
    with experiment.computing():
        begun = [lanes.begin(own, seed, tile, over) for own, tile in zip(numbers, tiles, strict=True)]
    trials, states = [trial for trial, _ in begun], [state for _, state in begun]
    now = 0
    for moment in moments:
        if moment > now:
            both = zip(trials, states, strict=True)
            with experiment.computing():
                states = [lanes.advance(trial, state, moment - now, over)[0] for trial, state in both]
            now = moment
        shown = [_shown(experiment, state, len(tile)) for state, tile in zip(states, tiles, strict=True)]
        yield Snapshot(moment, *jax.tree.map(lambda *parts: np.concatenate(parts, axis=-1), *shown))


def _shown(experiment: TrainingExperiment, state: TrainingState, trials: int) -> tuple:
    of_lanes = (grown(experiment.trial, state), state.solved_at[-1], state.running, state.data)
    return jax.tree.map(lambda x: np.asarray(x)[..., :trials], of_lanes)
