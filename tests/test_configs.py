"""Every file under configs composes to a valid experiment, and every row is the paper's."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.application import CONFIGS, quote_row
from experiments.reproduce import QUICK
from lstm_jax.paper.tables import BUDGET_FACTOR, ROWS
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.experiment import Experiment

NOT_THE_EXPERIMENTS = ("folder", "checkpoint_seconds", "again")

CONDITIONS = {  # Table 10: T or lengths, blocks, block size, weights, input gate biases, alpha
    "4-1": (100, 2, 2, 93, (-3, -6), 0.5),
    "4-2": (500, 2, 2, 93, (-3, -6), 0.5),
    "4-3": (1000, 2, 2, 93, (-3, -6), 0.5),
    "5": (100, 2, 2, 93, "random", 0.1),
    "6a": (100, 2, 2, 156, (-2, -4), 0.5),
    "6b": (100, 3, 2, 308, (-2, -4, -6), 0.1),
}


def composed(*overrides: str) -> Experiment:
    with initialize_config_dir(CONFIGS, version_base="1.3"):
        node = OmegaConf.to_container(compose("train", list(overrides)), resolve=True)
    assert isinstance(node, dict)
    return experiments.read({str(name): value for name, value in node.items() if name not in NOT_THE_EXPERIMENTS})


def test_there_is_a_file_for_every_row_of_the_paper_that_is_here():
    assert {path.stem for path in (Path(CONFIGS) / "experiment").iterdir()} == set(ROWS) == set(CONDITIONS)
    assert set(QUICK) <= set(ROWS)


@pytest.mark.parametrize("row", CONDITIONS)
def test_row_has_the_papers_conditions(row):
    experiment = composed(quote_row(f"experiment={row}"))
    network, task = experiment.trial.network, experiment.trial.task
    length = getattr(task, "length", None) or getattr(task, "min_length", None)
    gate_bias = network.cell.input_gate_bias
    found = (length, network.cell.blocks, network.cell.block_size, network.weight_count, gate_bias)
    assert (*found, experiment.learning_rate) == CONDITIONS[row]
    assert experiment.settings.row == row
    assert experiment.settings.weight_range == 0.1
    assert experiment.settings.trials == ROWS[row].trials
    assert experiment.budget == BUDGET_FACTOR * ROWS[row].results[-1].presentations
    assert len(experiment.trial.criterion.stages) == len(ROWS[row].results)
    assert network.cell.output_gate_bias == network.cell.cell_bias == network.output_bias == "random"


def test_only_what_decides_results_names_the_run():
    assert composed("trials=5").name == composed("trials=5").name
    assert composed("trials=5").name != composed("trials=6").name
    assert composed("folder=a", "checkpoint_seconds=1").name == composed("folder=b").name
