"""Our own contenders: row 4-1 as it is trained for the tables, and its gradient by automatic differentiation."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
from hydra import compose, initialize_config_dir
from jax import lax
from omegaconf import OmegaConf

from experiments.application import CONFIGS
from experiments.peers.training import LEARNING_RATE, LENGTH, Training
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import lanes
from lstm_jax.trials.trial import Hyperparameters, Trial, TrialState, present, start

LANE_AXES = TrialState(None, *[0] * (len(TrialState._fields) - 1))  # pyright: ignore[reportArgumentType]
"""For `jax.vmap`: lanes come first, and the clock has none."""


def by_lanes(trials: int, gradient: str, devices: int | None = None) -> Training:
    """Our engine: all trials in one program with lanes last, sharded over devices.

    Args:
        trials: how many; here without padding to full vectors.
        gradient: its name in the configuration.
        devices: how many to use; by default as many as can have full vectors of lanes, all the same number.
    """
    trial, state = begin(trials, gradient)
    fitting = [n for n in range(1, len(jax.devices()) + 1) if trials % (n * lanes.GROUP) == 0]
    over = lanes.mesh(devices or max(fitting, default=1))

    def advance(state: TrialState, sequences: int) -> tuple[TrialState, float]:
        state, sums = lanes.advance(trial, state, sequences, over)
        return state, _mean(sums.error, state, sequences)

    return Training(lanes.place(state, over), advance)


def by_vmap(trials: int, gradient: str) -> Training:
    """The code of one trial under `jax.vmap`, lanes first: what one would write without our engine."""
    trial, state = begin(trials, gradient)
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

    return Training(jax.tree.map(lambda x: jnp.moveaxis(x, -1, 0) if x.ndim else x, state), advance)


def begin(trials: int, gradient: str) -> tuple[Trial, TrialState]:
    """Row 4-1 of the configurations and its trials at their start, lanes last.

    Its criterion is one that is never met: a solved trial would stop working.
    """
    overrides = [
        "experiment=4-1",
        f"task.length={LENGTH}",
        f"optimizer.learning_rate={LEARNING_RATE}",
        "criterion.mean_error_below=1e-30",
    ]
    with initialize_config_dir(CONFIGS, version_base="1.3"):
        node = OmegaConf.to_container(compose("train", overrides), resolve=True)
    assert isinstance(node, dict)
    # The rest of the configuration says where and how a run is kept.
    names = [*experiments.PARTS, *(field.name for field in dataclasses.fields(experiments.Settings))]
    experiment = experiments.read({name: node[name] for name in names})
    hyperparameters = Hyperparameters(
        jnp.full(trials, experiment.learning_rate, jnp.float32),
        jnp.full(trials, experiment.settings.weight_range, jnp.float32),
    )
    state = _start(experiment.trial, jax.random.split(jax.random.key(0), trials), hyperparameters)
    return dataclasses.replace(experiment.trial, gradient=gradient), state


_start = jax.jit(start, static_argnums=0)


def _mean(error: jax.Array, state: TrialState, sequences: int) -> float:
    """Mean over sequences and trials of `error`, summed over sequences, `[trials]`.

    Raises:
        RuntimeError: a trial has stopped, so that less work was done than is counted.
    """
    if not bool(state.running.all()):
        raise RuntimeError("A trial stopped while it was timed.")
    return float(error.mean()) / sequences
