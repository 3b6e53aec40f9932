"""Our own contenders: a row as it is trained for the tables, and with gradients that are computed in other ways."""

import dataclasses

import jax
import jax.numpy as jnp
from hydra import compose, initialize_config_dir
from jax import lax
from omegaconf import OmegaConf

from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.configuration import arrays
from lstm_jax.gradients import truncated
from lstm_jax.learners import Rule
from lstm_jax.places import CONFIGS
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import lanes
from lstm_jax.trials.training import Training, TrainingState

from .training import Contestant

LANE_AXES = TrainingState(None, *[0] * (len(TrainingState._fields) - 1))  # pyright: ignore[reportArgumentType]
"""For `jax.vmap`: lanes come first, and the clock has none."""


def by_lanes(row: str, trials: int, gradient: str | Rule) -> Contestant:
    """Our engine: all trials in one program with lanes last, without padding to full vectors.

    They are sharded over as many devices as can have full vectors of lanes, all the same number.
    """
    trial, state = begin(row, trials, gradient)
    fitting = [n for n in range(1, len(jax.devices()) + 1) if trials % (n * lanes.VECTOR) == 0]
    over = lanes.mesh(tuple(range(max(fitting, default=1))))
    placed = lanes.on_devices(trial, over)

    batch = trial.learner.batch

    def advance(state: TrainingState, batches: int) -> tuple[TrainingState, float]:
        state, sums = lanes.advance(placed, state, batches * batch, over)
        return state, _mean(sums.error, state, batches * batch)

    return Contestant(lanes.on_devices(state, over), advance, trial.network.weight_count, batch)


def by_vmap(row: str, trials: int, gradient: str | Rule) -> Contestant:
    """The code of one trial under `jax.vmap`, lanes first: what one would write without our engine."""
    trial, state = begin(row, trials, gradient)
    present_all = jax.vmap(Training.step, in_axes=(0, LANE_AXES), out_axes=(LANE_AXES, 0))

    @jax.jit
    def loop(state, sequences):
        def body(_, carry):
            state, error = carry
            state, presentation = present_all(trial, state)
            return state, error + presentation.error

        return lax.fori_loop(0, sequences, body, (state, jnp.zeros(trials)))

    def advance(state: TrainingState, sequences: int) -> tuple[TrainingState, float]:
        state, error = loop(state, sequences)
        return state, _mean(error, state, sequences)

    state = jax.tree.map(lambda x: jnp.moveaxis(x, -1, 0) if x.ndim else x, state)
    return Contestant(state, advance, trial.network.weight_count)


def _dense(network, weights, sequence):
    one_hot = jnp.moveaxis(jax.nn.one_hot(sequence.inputs, network.cell.inputs), -1, 1)
    return truncated(network, weights, sequence._replace(inputs=one_hot))


DENSE = Rule(_dense)
"""The truncated gradient with symbols as one-hot vectors: all of an alphabet's weights take part in every step."""


def begin(row: str, trials: int, gradient: str | Rule) -> tuple[Training, TrainingState]:
    """Trials of a row at their start, lanes last, with the rule of that name or another."""
    experiment = configured(row)
    learner = dataclasses.replace(experiment.trial.learner, rule=gradient)
    trial = arrays(dataclasses.replace(experiment.trial, learner=learner), (trials,))
    return trial, _start(trial, jax.random.split(jax.random.key(0), trials))


def configured(row: str) -> experiments.Experiment:
    """A row of the configurations with a criterion that is never met: a solved trial would stop working.

    After the row there may be changes, as on the command line.
    """
    name, *changes = row.split()
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        config = compose("train", [f"experiment={name}", *changes, "criterion.mean_error_below=1e-30"])
    node = OmegaConf.to_container(config, resolve=True)
    assert isinstance(node, dict)
    # The rest of the configuration says where and how a run is kept.
    names = [*experiments.PARTS, *(field.name for field in dataclasses.fields(experiments.Settings))]
    return experiments.read({name: node[name] for name in names})


_start = jax.jit(Training.start)


def _mean(error: jax.Array, state: TrainingState, sequences: int) -> float:
    """Mean over sequences and trials of `error`, summed over sequences, `[trials]`.

    Raises:
        RuntimeError: a trial has stopped, so that less work was done than is counted.
    """
    if not bool(state.running.all()):
        raise RuntimeError("A trial stopped while it was timed.")
    return float(error.mean()) / sequences
