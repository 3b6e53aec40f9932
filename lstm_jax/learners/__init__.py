"""How weights change: a learner is shown sequences and says what the weights are afterwards.

    start(network, weights, lanes)                    what it remembers before the first sequence
    learn(network, weights, memory, lessons)          new weights and memory, and the answers to what was shown

`Descent` follows a gradient: a rule (how an error becomes a gradient) times an optimizer (how a gradient becomes a
change) times when weights change. `Quickprop` grows a cascade of units.
"""

from lstm_jax.learners.descent import Descent
from lstm_jax.learners.optimizers import OPTIMIZERS, Optimizer, read_optimizer
from lstm_jax.learners.protocol import Learned, Learner, Lessons
from lstm_jax.learners.quickprop import Quickprop
from lstm_jax.learners.rules import RULES, Rule

__all__ = [
    "OPTIMIZERS",
    "RULES",
    "Descent",
    "Learned",
    "Learner",
    "Lessons",
    "Optimizer",
    "Quickprop",
    "Rule",
    "read_optimizer",
]
