"""Our own contenders: a row as it is trained for the tables, and with gradients that are computed in other ways."""

import dataclasses
import sys
from functools import partial
from unittest import mock

import jax
import jax.numpy as jnp
from hydra import compose, initialize_config_dir
from jax import lax
from omegaconf import OmegaConf

from experiments.application import CONFIGS
from experiments.peers.training import Training
from lstm_jax.cells import incoming
from lstm_jax.gradients import truncated
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import lanes
from lstm_jax.trials.trial import RULES, Hyperparameters, Trial, TrialState, present, start

LANE_AXES = TrialState(None, *[0] * (len(TrialState._fields) - 1))  # pyright: ignore[reportArgumentType]
"""For `jax.vmap`: lanes come first, and the clock has none."""


def by_lanes(row: str, trials: int, gradient: str) -> Training:
    """Our engine: all trials in one program with lanes last, without padding to full vectors.

    They are sharded over as many devices as can have full vectors of lanes, all the same number.
    """
    trial, state = begin(row, trials, gradient)
    fitting = [n for n in range(1, len(jax.devices()) + 1) if trials % (n * lanes.GROUP) == 0]
    over = lanes.mesh(tuple(range(max(fitting, default=1))))

    def advance(state: TrialState, sequences: int) -> tuple[TrialState, float]:
        state, sums = lanes.advance(trial, state, sequences, over)
        return state, _mean(sums.error, state, sequences)

    return Training(lanes.place(state, over), advance, trial.network.weight_count)


def by_vmap(row: str, trials: int, gradient: str) -> Training:
    """The code of one trial under `jax.vmap`, lanes first: what one would write without our engine."""
    trial, state = begin(row, trials, gradient)
    present_all = jax.vmap(partial(present, trial), in_axes=(LANE_AXES,), out_axes=(LANE_AXES, 0))

    @jax.jit
    def loop(state, sequences):
        def body(_, carry):
            state, error = carry
            state, presentation = present_all(state)
            return state, error + presentation.error

        return lax.fori_loop(0, sequences, body, (state, jnp.zeros(trials)))

    def advance(state: TrialState, sequences: int) -> tuple[TrialState, float]:
        state, error = loop(state, sequences)
        return state, _mean(error, state, sequences)

    state = jax.tree.map(lambda x: jnp.moveaxis(x, -1, 0) if x.ndim else x, state)
    return Training(state, advance, trial.network.weight_count)


def truncated_dense(network, weights, sequence):
    """The truncated gradient as if every alphabet were small: a select over all symbols at every step."""
    with mock.patch.object(incoming, "LARGE_ALPHABET", sys.maxsize):
        return truncated(network, weights, sequence)


RULES["truncated_dense"] = truncated_dense


def begin(row: str, trials: int, gradient: str) -> tuple[Trial, TrialState]:
    """Trials of a row at their start, lanes last, with the gradient of that name."""
    experiment = configured(row)
    hyperparameters = Hyperparameters(
        jnp.full(trials, experiment.learning_rate, jnp.float32),
        jnp.full(trials, experiment.settings.weight_range, jnp.float32),
    )
    state = _start(experiment.trial, jax.random.split(jax.random.key(0), trials), hyperparameters)
    return dataclasses.replace(experiment.trial, gradient=gradient), state


def configured(row: str) -> experiments.Experiment:
    """A row of the configurations with a criterion that is never met: a solved trial would stop working."""
    with initialize_config_dir(CONFIGS, version_base="1.3"):
        config = compose("train", [f"experiment={row}", "criterion.mean_error_below=1e-30"])
    node = OmegaConf.to_container(config, resolve=True)
    assert isinstance(node, dict)
    # The rest of the configuration says where and how a run is kept.
    names = [*experiments.PARTS, *(field.name for field in dataclasses.fields(experiments.Settings))]
    return experiments.read({name: node[name] for name in names})


_start = jax.jit(start, static_argnums=0)


def _mean(error: jax.Array, state: TrialState, sequences: int) -> float:
    """Mean over sequences and trials of `error`, summed over sequences, `[trials]`.

    Raises:
        RuntimeError: a trial has stopped, so that less work was done than is counted.
    """
    if not bool(state.running.all()):
        raise RuntimeError("A trial stopped while it was timed.")
    return float(error.mean()) / sequences
