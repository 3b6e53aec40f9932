"""Other cells on the paper's rows, alone and side by side."""

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.compare import conditions
from lstm_jax.cells import ForgetGates
from lstm_jax.composition import OF_HYDRA_1_3, compose_row
from lstm_jax.errors import InputError
from lstm_jax.jobs import OUTPUT
from lstm_jax.overrides import quote_row
from lstm_jax.places import CONFIGS
from lstm_jax.tasks import FiniteTask
from lstm_jax.trials import experiment as experiments
from tests.experiments.programs import call

CELLS = ("forget_gates", "state_decay", "lstm", "peephole", "coupled", "gru", "slstm", "mlstm", "elman", "carrousel")
CELLS += ("time_delay", "tests.cells.functions.step")
KINDS = ("1-5", "2c-1", "3a-1", "4-1", "5", "6a")
"""One row of each kind of experiment, but 2a, which has most of its own."""
PAIRS = [(cell, KINDS[i % len(KINDS)]) for i, cell in enumerate(CELLS)]
"""Every cell with one of the rows, so that each row has cells of several kinds."""


def row(*overrides: str):
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        return compose_row([quote_row(override) for override in overrides])


def read(config):
    node = OmegaConf.to_container(config, resolve=True)
    assert isinstance(node, dict)
    return experiments.read({str(name): value for name, value in node.items() if name not in (*OUTPUT, "tracker")})


@cache
def as_printed(name: str):
    return read(row(f"experiment={name}"))


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "row_name"), PAIRS)
def test_a_cell_leaves_everything_but_the_net_as_the_row_has_it(cell, row_name):
    for name in ("2a", row_name):
        own, other = as_printed(name), read(row(f"experiment={name}", f"network={cell}"))
        assert other.settings.row == f"{name}-{cell}"
        assert (other.trial.task, other.trial.criterion, other.budget) == (
            own.trial.task,
            own.trial.criterion,
            own.budget,
        )
        assert (other.trial.learner.optimizer.learning_rate, other.settings.weight_range) == (
            own.trial.learner.optimizer.learning_rate,
            own.settings.weight_range,
        )


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "name"), [(cell, name) for cell, name in PAIRS if "." not in cell])
def test_another_network_leaves_nothing_of_the_rows(cell, name):
    other = "2a" if name == "5" else "5"
    assert row(f"experiment={name}", f"network={cell}").network == row(f"experiment={other}", f"network={cell}").network


def test_a_descendant_can_take_the_rows_blocks():
    config = row("experiment=4-1", "network.cell.name=forget_gates")
    assert (config.row, config.gradient) == ("4-1-forget_gates", "truncated")
    experiment, own = read(config), as_printed("4-1")
    wanted = {**asdict(own.trial.network.cell), "forget_gate_bias": "random"}
    assert experiment.trial.network.cell == ForgetGates(**wanted)
    # What the command line does not say is in the record all the same, and so in the name of the directory.
    recorded = json.loads(experiment.resolved)["network"]["cell"]
    assert {**recorded, "name": "memory_blocks"} == {
        **json.loads(own.resolved)["network"]["cell"],
        "forget_gate_bias": "random",
    }


@pytest.mark.slow
def test_a_comparison_gives_every_net_the_rows_output_units_and_blocks_its_geometry():
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        config = compose("compare")
        blocks = conditions(config, "1-5", "forget_gates").network
        assert (blocks.cell.name, blocks.cell.blocks, blocks.cell.cell_bias) == ("forget_gates", 3, "none")
        assert (blocks.cell.output_gate_bias, blocks.cell.gate_recurrence) == ([-1, -2, -3], False)
        for cell in ("forget_gates", "lstm", "elman"):
            assert conditions(config, "1-5", cell).network.output_bias == "none"
            assert conditions(config, "2a", cell).network.outputs_see_inputs


def test_the_command_line_comes_last():
    assert row("experiment=4-1", "network=gru", "network.cell.units=7").network.cell.units == 7
    assert row("experiment=4-1", "network=lstm", "network.cell.input_gate_bias=-1").network.cell.input_gate_bias == -1
    own = row("experiment=4-1", "network=tests.cells.functions.step", "network.cell.units=2")
    assert (own.gradient, own.network.cell) == ("bptt", {"name": "tests.cells.functions.step", "units": 2})
    assert row("experiment=4-1", "network=tests.cells.functions.step", "gradient=rtrl").gradient == "rtrl"
    assert row("experiment=4-1", "network=gru", "row=mine", "budget=10").row == "mine"


@pytest.mark.slow
def test_every_file_of_a_row_is_that_row():
    for path in sorted((Path(CONFIGS) / "experiment").glob("*.yaml")):
        assert row(f"experiment={path.stem}").row == path.stem


def test_a_task_of_ones_own_may_have_sets_of_its_own():
    own = read(row("experiment=1-5", "task=tests.tasks.own.Strings"))
    assert own.settings.row == "1-5-tests.tasks.own.Strings" and isinstance(own.trial.task, FiniteTask)


def test_another_task_is_not_the_papers_row():
    own, budget = row("experiment=6a"), as_printed("6a").budget
    assert own.row == "6a"
    for override in ("task=adding", "task=temporal_order_3", "task.name=mine.Task"):
        other = row("experiment=6a", override)
        assert (other.row, other.budget) == (f"6a-{override.partition('=')[2]}", budget)
    assert row("experiment=6a", "task=adding", "row=mine").row == "mine"
    assert row("experiment=6a", "network=gru", "task=adding", "optimizer=adam").row == "6a-gru-adding-adam"


def test_a_rows_own_network_is_left_alone():
    assert row("experiment=4-1", "network=row_4").row == "4-1"
    assert row("experiment=5", "network=memory_blocks").row == "5"
    # A plain net of the same cell is another.
    assert row("experiment=4-1", "network=memory_blocks").row == "4-1-memory_blocks"


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "row_name"), [("gru", "6a"), ("lstm", "1-5"), ("slstm", "4-1"), ("mlstm", "4-1")])
def test_nets_have_as_many_weights_as_the_rows_own(cell, row_name):
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        config = compose("compare")
        chosen, own = conditions(config, row_name, cell), conditions(config, row_name, "memory_blocks")
        wanted = read(own).trial.network.weight_count
        distances = []
        for more in (0, -1, 1):
            other = chosen.copy()
            other.network.cell.units = max(1, chosen.network.cell.units + more)
            distances.append(abs(read(other).trial.network.weight_count - wanted))
    assert distances[0] == min(distances)


@pytest.mark.slow
def test_cells_side_by_side(tmp_path):
    settings = ["cells=[gru,memory_blocks]", "rows=[6a]", "trials=2", "budget=2500", f"folder={tmp_path}"]
    done = call("compare", *settings)
    assert done.returncode == 0, done.stderr
    lines = json.loads((tmp_path / "comparison.json").read_text())["lines"]
    assert [(line["row"], line["cell"], line["gradient"]) for line in lines] == [
        ("6a", "gru", "bptt"),
        ("6a", "memory_blocks", "truncated"),
    ]
    assert (tmp_path / "comparison.png").stat().st_size > 10_000
    assert "| 6a | gru |" in (tmp_path / "comparison.md").read_text()
    again = call("compare", *settings)
    assert "2 finished before" in again.stdout


@pytest.mark.slow
def test_a_net_that_learns_in_a_way_of_its_own_is_named_with_it(tmp_path):
    settings = ["cells=[cascade_correlation]", "rows=[1-rcc]", "trials=1", "budget=512"]
    done = call("compare", *settings, "changes=['curve_interval=256']", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    [line] = json.loads((tmp_path / "comparison.json").read_text())["lines"]
    assert line["gradient"] == "quickprop"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (["cells=gru"], "cells is 'gru': it should be a list"),
        (["cells=[grew]"], "cells has 'grew': allowed are"),
        (["cells=[gru]", "rows=[7]"], "rows has '7': allowed are"),
        (["cells=[math.sqrt]"], "math has no function init"),
        (["same_weights=maybe"], "same_weights is 'maybe': it should be true or false."),
        (["changes=[5]"], "changes is [5]: it should be a list of overrides"),
        (
            ['changes=["optimizer.learning_rate=abc"]', "rows=[6a]"],
            "optimizer.learning_rate is 'abc': it should be",
        ),
    ],
)
def test_bad_input(settings, complaint, tmp_path):
    done = call("compare", *settings, f"folder={tmp_path}")
    assert (done.returncode, complaint in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_a_cell_of_ones_own_is_not_truncated():
    with pytest.raises(InputError, match=r"^gradient is 'truncated_by_autodiff', and what to truncate"):
        read(row("experiment=4-1", "network=tests.cells.functions.step", "gradient=truncated_by_autodiff"))


def test_an_unknown_name_is_refused_before_anything_is_read():
    with pytest.raises(InputError):
        read(row("experiment=4-1", "network.cell.name=nothing"))
