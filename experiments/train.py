"""Train a row of the paper or an experiment of your own; -m: many.

lstm-jax train experiment=4-1 trials=30 optimizer.learning_rate=0.3
lstm-jax train -m experiment=4-1 'seed=range(0,30)' optimizer.learning_rate=0.1,0.2,0.5,1.0
"""

from omegaconf import DictConfig

from . import sweep
from .application import application


@application("train", together=sweep.together, check_sweep=sweep.check)
def main(config: DictConfig) -> float:
    """Run the configured experiment and print it beside the paper's figures.

    Returns:
        The last stage's `Summary.objective`, for sweepers.
    """
    from lstm_jax.composition import composed, suited

    from .study import run_rows

    summaries = run_rows({"": suited(config, *composed())})
    return summaries[-1].objective


if __name__ == "__main__":
    main()
