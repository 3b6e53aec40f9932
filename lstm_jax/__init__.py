"""The 1997 LSTM paper as software: networks, gradients, tasks, trials, tables.

`make_fast` prepares a process that trains; the import itself changes nothing but what makes results right.
"""

from lstm_jax.runtime import make_fast, make_right

__all__ = ["make_fast"]

make_right()
