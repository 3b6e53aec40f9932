"""The 1997 LSTM paper as software: networks, gradients, tasks, trials, tables."""

from lstm_jax import runtime

runtime.configure()
