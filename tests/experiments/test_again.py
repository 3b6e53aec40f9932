"""The command on the page runs the same configuration: its directory has the same name."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from experiments import again
from lstm_jax.composition import OF_HYDRA_1_3, compose_row
from lstm_jax.jobs import OUTPUT
from lstm_jax.overrides import quote_row, quoted
from lstm_jax.places import CONFIGS
from lstm_jax.results import load
from lstm_jax.trials import experiment

PAPER = Path(__file__).parents[2] / "results" / "paper"
RUNS = load(PAPER).runs


@pytest.fixture(scope="module", autouse=True)
def hydra() -> Iterator[None]:
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        yield


def composed(overrides: list[str]) -> dict[str, Any]:
    node: Any = OmegaConf.to_container(compose("train", [quote_row(override) for override in overrides]), resolve=True)
    return {name: value for name, value in node.items() if name not in (*OUTPUT, "tracker")}


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS[::3], ids=lambda run: run.name)
def test_a_recorded_run_is_named_by_its_command(run):
    command, program, *overrides, last = shlex.split(again.command(run.configuration))
    assert (command, program) == ("lstm-jax", "train") and last == "again=true"
    assert experiment.read(composed(overrides)).name == run.name


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        ["experiment=6a", "network=gru", "trials=3"],
        ["experiment=4-1", "gradient={name: bptt, horizon: 20}", "optimizer.learning_rate=1e-05"],
        ["experiment=2a", "construction=null"],
        ["experiment=2c-1", "network.cell.input_gate_bias=[-2,-4]"],
        ["experiment=6a", "row=own.row", "task=tomita_1", "budget=1000"],
        ["experiment=5", "seed=7"],
        ["experiment=6a", "construction={interval: 100}"],
        ["experiment=6a", "optimizer=adam", "optimizer.clip=1.0", "optimizer.batch=4"],
    ],
    ids=" ".join,
)
def test_other_cells_rules_and_tasks_come_back(overrides):
    node: Any = OmegaConf.to_container(compose_row([quote_row(override) for override in overrides]), resolve=True)
    wanted = {name: value for name, value in node.items() if name not in (*OUTPUT, "tracker")}
    assert composed(again.overrides(wanted)) == wanted


def test_another_part_is_chosen_as_one_would_choose_it():
    node: Any = OmegaConf.to_container(compose_row(["experiment=4-1", "network=gru", "optimizer=adam"]), resolve=True)
    assert again.changes(node)[:2] == ["network=gru", "optimizer=adam"]
    assert not any(change.startswith(("network.", "optimizer.", "+")) for change in again.changes(node))
    # A part that is not on this machine is described, as far as can be.
    assert "task.name=not.here.Task" in again.changes(node | {"task": {"name": "not.here.Task"}})


def test_what_is_usual_is_not_said():
    (run,) = (run for run in RUNS if run.configuration["row"] == "6a")
    usual = run.configuration | {"seed": 0}
    assert again.command(usual) == "lstm-jax train experiment=6a again=true"
    assert again.changes(usual | {"trials": 3, "budget": 5}) == ["budget=5", "trials=3"]


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12).filter(
    lambda text: "${" not in text
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        TEXTS | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.booleans() | st.none(),
        st.lists,
        max_leaves=6,
    )
)
def test_any_value_is_read_as_it_was(value):
    assert OverridesParser.create().parse_override(f"+extra={quoted(value)}").value() == value
