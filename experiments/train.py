"""Train one row of the paper's tables, or an experiment of your own.

python -m experiments.train experiment=4-1 trials=30 optimizer.learning_rate=0.3
"""

from omegaconf import DictConfig

from experiments.application import application


@application("train")
def main(config: DictConfig) -> float:
    """Run the configured experiment and print it beside the paper's figures.

    Returns:
        The mean number of presentations, unsolved trials counted with the budget: smaller is better, for sweepers.
    """
    from experiments.composition import composed, suited
    from experiments.rows import run_rows

    summaries = run_rows([suited(config, *composed())])
    last = summaries[-1]
    return sum(last["budget"] if at is None else at for at in last["presentations"]) / last["trials"]


if __name__ == "__main__":
    main()
