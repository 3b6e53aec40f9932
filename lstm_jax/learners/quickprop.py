"""Quickprop on a net that grows: recurrent cascade-correlation."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from pydantic import Field

from lstm_jax.baselines import CascadeCorrelation
from lstm_jax.configuration import Varies, configuration
from lstm_jax.errors import InputError
from lstm_jax.learners.protocol import Learned, Lessons
from lstm_jax.tasks import FiniteTask, Task
from lstm_jax.types import Weights


@configuration
class Quickprop:
    """Each change of the weights follows the whole training set; the net computes it (`CascadeCorrelation.learn`)."""

    learning_rate: Annotated[float, Field(gt=0), Varies]
    """Learning rate of quickprop's gradient descent."""
    weight_range: Annotated[float, Field(gt=0), Varies]
    """r: weights of candidates are drawn from [-r, r)."""

    rule = "quickprop"
    """The name of the rule in configurations."""

    def start(self, network: CascadeCorrelation, weights: Weights, lanes: tuple[int, ...]) -> Any:
        """The memory before the first epoch."""
        return network.begin(weights)

    def grown(self, weights: Weights, memory: Any) -> Weights:
        """Units that are not installed have no weights."""
        return weights

    def learn(self, network: CascadeCorrelation, weights: Weights, memory: Any, lessons: Lessons) -> Learned:
        """Show the whole training set once, and change the weights once."""
        sequences = lessons.all()
        rate, weight_range = jnp.asarray(self.learning_rate), jnp.asarray(self.weight_range)
        new, remembered, outputs = network.learn(weights, memory, sequences, lessons.key, rate, weight_range)
        return Learned(new, remembered, outputs, sequences)

    def turn(self, task: Task, seed: int) -> int:
        """The size of the training set."""
        assert isinstance(task, FiniteTask)
        return jax.eval_shape(task.training, *task.data(seed, np.arange(1))).length.shape[0]

    def check(self, network: Any, task: Task) -> None:
        """Refuse other networks, and tasks without a training set.

        Raises:
            InputError: the network is another, or the task has no training set.
        """
        if not isinstance(network, CascadeCorrelation):
            raise InputError(
                f"gradient is 'quickprop' and the network a {type(network).__name__}: 'quickprop' and "
                "CascadeCorrelation need each other."
            )
        if not isinstance(task, FiniteTask):
            raise InputError(
                f"network is a {type(network).__name__}, which learns from a whole training set: the task should have "
                "one (embedded_reber)."
            )
