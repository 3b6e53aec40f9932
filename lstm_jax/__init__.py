"""Train, check, teach and extend the 1997 LSTM paper.

    import lstm_jax

    experiment = lstm_jax.experiment("6a", trials=8)    # a row of the paper's Table 10
    run = lstm_jax.train(experiment)                    # shows how far it is
    run.summary, run.records, run.curves                # what came out
    lstm_jax.load("runs")                               # what other programs have left there

A run is a `lstm_jax.results.Run`, and what is loaded is a `lstm_jax.results.Runs`.

The layers of `lstm_jax.modules` go into models of Flax. Importing changes nothing but what makes results right; a
process that trains a lot is several times faster after `lstm_jax.make_fast()`, called before anything is computed.
"""

from lstm_jax.front import experiment, load, train
from lstm_jax.runtime import make_fast, make_right

__all__ = ["__version__", "experiment", "load", "make_fast", "train"]

__version__ = "0.2.0"

make_right()
