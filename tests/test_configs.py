"""Every file under configs composes to a valid experiment, and every row is the paper's."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.reproduce import GROUPS
from lstm_jax.cells import Elman, MemoryBlocks
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.construction import Construction
from lstm_jax.criteria import Examination, Window
from lstm_jax.jobs import OUTPUT
from lstm_jax.learners import OPTIMIZERS, Descent, Quickprop
from lstm_jax.learners.optimizers import SGD
from lstm_jax.networks import Network
from lstm_jax.overrides import quote_row
from lstm_jax.paper.tables import LSTM_ROWS, ROWS
from lstm_jax.places import CONFIGS
from lstm_jax.tasks import Adding, Distractors, EmbeddedReber, Multiplication, TemporalOrder, TwoSequences, TwoSymbols
from lstm_jax.tasks.modern_adding import ModernAdding
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.experiment import Experiment
from tests.architectures import ARCHITECTURES, WEIGHT_COUNTS

PAPER = Path(CONFIGS).parent / "results" / "paper"

TASKS = {  # section 5: every figure that sets a task
    "1": EmbeddedReber(training_strings=256, test_strings=256, pairs=3),
    "2a": TwoSymbols(p=100, middle="regular", errors_at="every step", judged_at="every step", tolerance=0.25),
    "2b": TwoSymbols(p=100, middle="random", errors_at="every step", judged_at="end", tolerance=0.25),
    "2c-1": Distractors(p=50, q=50, tolerance=0.2),
    "2c-2": Distractors(p=100, q=100, tolerance=0.2),
    "2c-3": Distractors(p=200, q=200, tolerance=0.2),
    "2c-4": Distractors(p=500, q=500, tolerance=0.2),
    "2c-5": Distractors(p=1000, q=1000, tolerance=0.2),
    "2c-6": Distractors(p=500, q=1000, tolerance=0.2),
    "2c-7": Distractors(p=200, q=1000, tolerance=0.2),
    "2c-8": Distractors(p=100, q=1000, tolerance=0.2),
    "2c-9": Distractors(p=50, q=1000, tolerance=0.2),
    "3a-1": TwoSequences(100, 3, 0.2, 0.0, targets=(1.0, 0.0), target_noise_variance=0.0, tolerance=0.2),
    "3a-2": TwoSequences(100, 1, 0.2, 0.0, targets=(1.0, 0.0), target_noise_variance=0.0, tolerance=0.2),
    "3a-3": TwoSequences(1000, 3, 0.2, 0.0, targets=(1.0, 0.0), target_noise_variance=0.0, tolerance=0.2),
    "3b-1": TwoSequences(100, 3, 0.2, 0.2, targets=(1.0, 0.0), target_noise_variance=0.0, tolerance=0.2),
    "3b-2": TwoSequences(100, 1, 0.2, 0.2, targets=(1.0, 0.0), target_noise_variance=0.0, tolerance=0.2),
    "3b-3": TwoSequences(1000, 1, 0.2, 0.2, targets=(1.0, 0.0), target_noise_variance=0.0, tolerance=0.2),
    "3c-1": TwoSequences(100, 3, 0.2, 0.2, targets=(0.2, 0.8), target_noise_variance=0.1, tolerance=0.1),
    "3c-2": TwoSequences(100, 1, 0.2, 0.2, targets=(0.2, 0.8), target_noise_variance=0.1, tolerance=0.1),
    "4-1": Adding(length=100, tolerance=0.04, first_marker=-1),
    "4-2": Adding(length=500, tolerance=0.04, first_marker=-1),
    "4-3": Adding(length=1000, tolerance=0.04, first_marker=-1),
    "5": Multiplication(length=100, tolerance=0.04, first_marker=-1),
    "6a": TemporalOrder(((10, 20), (50, 60)), min_length=100, max_length=110, tolerance=0.3),
    "6b": TemporalOrder(((10, 20), (33, 43), (66, 76)), min_length=100, max_length=110, tolerance=0.3),
}

CRITERIA = {  # section 5; how often sets are examined, and whether the last window counts, are our readings
    "1": Examination(sequences=512, fewer_wrong_than=(1,), mean_error_below=(None,), interval=100),
    "2": Window(size=10_000, fewer_wrong_than=(1,), mean_error_below=None, counted=False),
    "3a": Examination(sequences=256, fewer_wrong_than=(1, 1), mean_error_below=(None, 0.01), interval=100),
    "3b": Examination(sequences=256, fewer_wrong_than=(6, 6), mean_error_below=(None, 0.04), interval=100),
    "3c": Examination(sequences=256, fewer_wrong_than=(1,), mean_error_below=(0.015,), interval=100),
    "4": Window(size=2000, fewer_wrong_than=(1,), mean_error_below=0.01),
    "5": Window(size=2000, fewer_wrong_than=(140, 13), mean_error_below=None),
    "6": Window(size=2000, fewer_wrong_than=(1,), mean_error_below=0.1),
}

LIMIT = 5_000_000
"""The number of sequences that the paper allows in Experiment 2."""

CONDITIONS = {  # Tables 10 and 1 to 9: the row that shares the network, alpha, r, trials, budget
    "1-1": ("1-1", 0.1, 0.2, 30, 10 * 39_740),
    "1-2": ("1-2", 0.1, 0.2, 30, 10 * 21_730),
    "1-3": ("1-2", 0.2, 0.2, 30, 10 * 14_060),
    "1-4": ("1-1", 0.5, 0.2, 30, 10 * 9_500),
    "1-5": ("1-2", 0.5, 0.2, 30, 10 * 8_440),
    "2a": ("2a", 1.0, 0.2, 18, LIMIT),
    "2b": ("2a", 1.0, 0.2, 18, LIMIT),
    "2c-1": ("2c-1", 0.01, 0.2, 20, LIMIT),
    "2c-2": ("2c-2", 0.01, 0.2, 20, LIMIT),
    "2c-3": ("2c-3", 0.01, 0.2, 20, LIMIT),
    "2c-4": ("2c-4", 0.01, 0.2, 20, LIMIT),
    "2c-5": ("2c-5", 0.01, 0.2, 20, LIMIT),
    "2c-6": ("2c-4", 0.01, 0.2, 20, LIMIT),
    "2c-7": ("2c-3", 0.01, 0.2, 20, LIMIT),
    "2c-8": ("2c-2", 0.01, 0.2, 20, LIMIT),
    "2c-9": ("2c-1", 0.01, 0.2, 20, LIMIT),
    "3a-1": ("3a", 1.0, 0.1, 10, 10 * 39_850),
    "3a-2": ("3a", 1.0, 0.1, 10, 10 * 64_330),
    "3a-3": ("3a", 1.0, 0.1, 10, 10 * 452_460),
    "3b-1": ("3a", 1.0, 0.1, 10, 10 * 43_250),
    "3b-2": ("3a", 1.0, 0.1, 10, 10 * 78_430),
    "3b-3": ("3a", 1.0, 0.1, 10, 10 * 485_080),
    "3c-1": ("3a", 0.1, 0.1, 10, 10 * 269_650),
    "3c-2": ("3a", 0.1, 0.1, 10, 10 * 565_640),
    "4-1": ("4-1", 0.5, 0.1, 10, 10 * 74_000),
    "4-2": ("4-1", 0.5, 0.1, 10, 10 * 209_000),
    "4-3": ("4-1", 0.5, 0.1, 10, 10 * 853_000),
    "5": ("5", 0.1, 0.1, 10, 10 * 1_273_000),
    "6a": ("6a", 0.5, 0.1, 20, 10 * 31_390),
    "6b": ("6b", 0.1, 0.1, 10, 10 * 571_100),
}


def elman(symbols: int, units: int, **wiring: Any) -> Network:
    """A net of Tables 1 and 2: no biases."""
    return Network(Elman(symbols, units), symbols, output_bias="none", **wiring)


OTHER_METHODS = {  # Tables 1 and 2: weights, gradient, alpha, trials, budget, and how the net is wired
    "1-rtrl-3": (170, "rtrl", 0.05, 30, 10 * 173_000, elman(7, 10, output_layer=False)),
    "1-rtrl-12": (494, "rtrl", 0.1, 30, 10 * 25_000, elman(7, 19, output_layer=False)),
    "1-elman": (435, "present", 0.1, 30, 200_000, elman(7, 15)),
    "2a-rtrl-p4-lr1": (36, "rtrl", 1.0, 18, LIMIT, elman(5, 1, outputs_see_inputs=True)),
    "2a-rtrl-p4-lr4": (36, "rtrl", 4.0, 18, LIMIT, elman(5, 1, outputs_see_inputs=True)),
    "2a-rtrl-p4-lr10": (36, "rtrl", 10.0, 18, LIMIT, elman(5, 1, outputs_see_inputs=True)),
    "2a-rtrl-p10": (144, "rtrl", 1.0, 18, LIMIT, elman(11, 1, outputs_see_inputs=True)),
    "2a-rtrl-p100": (10404, "rtrl", 1.0, 18, LIMIT, elman(101, 1, outputs_see_inputs=True)),
    "2a-bptt-p100": (10404, "bptt", 1.0, 18, LIMIT, elman(101, 1, outputs_see_inputs=True)),
}


COMPETITORS = {  # Tables 1 and 2: the row whose task and criterion it has, alpha, r, trials
    "1-rcc": ("1", 1.0, 1.0, 30),
    "2a-chunker": ("2a", 1.0, 0.2, 18),
    "2b-chunker": ("2b", 1.0, 0.2, 18),
}
"""What the paper compares LSTM with; alpha and r of 1-rcc are ours, it prints neither."""


OUR_OWN = {"modern-adding-100", "arena"}
"""Experiments that are not rows of the paper."""


@cache
def composed(*overrides: str) -> Experiment:
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        node = OmegaConf.to_container(compose("train", list(overrides)), resolve=True)
    assert isinstance(node, dict)
    return experiments.read({str(name): value for name, value in node.items() if name not in (*OUTPUT, "tracker")})


def of_row(row: str, table: dict):
    """What a table says of a row, or of all rows that begin alike."""
    (found,) = (value for name, value in table.items() if row == name or (row.startswith(name) and name not in ROWS))
    return found


def test_there_is_a_file_for_every_row_of_the_paper_that_is_here():
    assert {path.stem for path in (Path(CONFIGS) / "experiment").iterdir()} == {*ROWS, *OUR_OWN}
    assert set(LSTM_ROWS) == set(CONDITIONS)
    assert all(set(names) <= set(ROWS) for names in GROUPS.values())


@pytest.mark.parametrize("row", CONDITIONS)
def test_row_has_the_papers_conditions(row):
    like, learning_rate, weight_range, trials, budget = CONDITIONS[row]
    experiment = composed(quote_row(f"experiment={row}"))
    trial, settings = experiment.trial, experiment.settings
    assert trial.network == ARCHITECTURES[like]
    assert trial.network.weight_count == WEIGHT_COUNTS[like]
    assert trial.task == of_row(row, TASKS)
    assert trial.criterion == of_row(row, CRITERIA)
    construction = Construction(interval=100) if row in ("2a", "2b") else None
    assert trial.learner == Descent(SGD(learning_rate), "truncated", construction=construction)
    assert trial.weight_range == settings.weight_range == weight_range
    assert (settings.trials, experiment.budget) == (trials, budget)
    assert settings.test_sequences == (512 if row.startswith("1") else 2560)
    assert settings.row == row


@pytest.mark.parametrize("row", OTHER_METHODS)
def test_other_method_has_the_papers_conditions(row):
    weights, gradient, learning_rate, trials, budget, network = OTHER_METHODS[row]
    experiment = composed(f"experiment={row}")
    trial = experiment.trial
    assert trial.network == network
    assert trial.network.weight_count == weights
    structure = jax.eval_shape(trial.network.init, jax.random.key(0), jnp.float32(1))
    assert sum(leaf.size for leaf in jax.tree.leaves(structure)) == weights
    p = network.outputs - 1
    assert trial.task == (TASKS["1"] if row.startswith("1") else replace(TASKS["2a"], p=p))
    assert trial.criterion == of_row(row[0], CRITERIA)
    quickprop = Quickprop(learning_rate, trial.weight_range)
    assert trial.learner == (quickprop if gradient == "quickprop" else Descent(SGD(learning_rate), gradient))
    assert (experiment.settings.trials, experiment.budget) == (trials, budget)


@pytest.mark.parametrize("row", COMPETITORS)
def test_a_competitor_has_the_task_of_lstm(row):
    like, learning_rate, weight_range, trials = COMPETITORS[row]
    experiment = composed(f"experiment={row}", "budget=25600")
    assert experiment.trial.task == TASKS[like]
    # An epoch of cascade-correlation is all there is between two examinations.
    criterion = CRITERIA[like[0]]
    assert experiment.trial.criterion == (replace(criterion, interval=256) if row == "1-rcc" else criterion)
    learner = experiment.trial.learner
    rate = learner.learning_rate if isinstance(learner, Quickprop) else learner.optimizer.learning_rate
    assert (rate, experiment.settings.weight_range) == (learning_rate, weight_range)
    assert (experiment.settings.trials, experiment.settings.row) == (trials, row)


@pytest.mark.parametrize("row", CONDITIONS)
def test_squashing_functions_are_those_of_the_equations(row):
    """h in [-1, 1] and g in [-2, 2], but in 2a and 2b h is the identity and g in [0, 1]."""
    network = composed(quote_row(f"experiment={row}")).trial.network
    assert isinstance(network, Network) and isinstance(network.cell, MemoryBlocks)
    cell = network.cell
    found = (cell.cell_output_squashing, cell.cell_input_squashing)
    assert found == (("identity", (0, 1)) if row in ("2a", "2b") else ((-1, 1), (-2, 2)))


@pytest.mark.parametrize("row", LSTM_ROWS)
def test_the_papers_figures_are_for_these_conditions(row):
    assert ROWS[row].trials == CONDITIONS[row][3]
    assert len(ROWS[row].results) == len(of_row(row, CRITERIA).stages)


def test_modern_adding_is_judged_by_its_mean_squared_error():
    experiment = composed("experiment=modern-adding-100")
    assert experiment.trial.task == ModernAdding(length=100)
    assert experiment.trial.criterion == Window(
        size=2000, fewer_wrong_than=(2001,), mean_error_below=0.01, error="squared"
    )
    assert isinstance(experiment.trial.network, Network)
    assert experiment.trial.network.output_squashing == "identity"
    assert (experiment.budget, experiment.settings.row) == (500_000, "modern-adding-100")


def test_a_budget_of_ones_own_comes_first():
    assert composed("experiment=4-1", "budget=5000").budget == 5000
    assert composed("experiment=2a", "budget=20000").budget == 20_000


def test_only_what_decides_results_names_the_run():
    assert composed("trials=5").name == composed("trials=5").name
    assert composed("trials=5").name != composed("trials=6").name
    assert composed("folder=a", "checkpoint_seconds=1").name == composed("folder=b").name


@pytest.mark.parametrize("row", LSTM_ROWS)
def test_a_recorded_row_is_finished_under_its_name_of_today(row):
    """The name has a hash of the whole configuration: the record would not be found if a setting came or went."""
    found = [path for path in PAPER.glob(f"{row}-*") if path.name[len(row) + 1 :].isalnum()]
    assert found
    for path in found:
        recorded = json.loads((path / "configuration.json").read_text())
        sample = (f"{name}={recorded[name]}" for name in ("seed", "budget"))
        assert composed(quote_row(f"experiment={row}"), *sample).name == path.name


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_an_optimizer_has_a_learning_rate_of_its_own_on_every_row(name):
    for row in ("6a", "1-1"):
        optimizer = composed(f"experiment={row}", f"optimizer={name}").trial.learner.optimizer
        assert type(optimizer) is OPTIMIZERS[name]
        assert (optimizer.learning_rate == {"6a": 0.5, "1-1": 0.1}[row]) == (name == "sgd")
