"""Tasks and criteria of one's own: one that is right learns a row, one that is not gets one sentence."""

import dataclasses
import sys

import jax.numpy as jnp
import pytest

from lstm_jax.configuration import configuration
from lstm_jax.criteria import Outcome, Window, mean_error
from lstm_jax.errors import InputError
from lstm_jax.results import files
from lstm_jax.stages import Stage
from lstm_jax.tasks import TemporalOrder
from lstm_jax.trials.engine import run
from lstm_jax.trials.experiment import read
from tests.experiments.programs import call
from tests.trials.own_faults import FAULTS, KINDS, LATE, Fault, source
from tests.trials.test_checkpoints import NODE


@configuration
class InARow:
    """So many right answers, one after the other."""

    needed: int = 3

    uncounted = 0

    @property
    def stages(self):
        return (Stage(f"{self.needed} right in a row", f"{self.needed} in a row"),)

    @property
    def fewest_presentations(self):
        return self.needed

    def check(self, turn, own):
        return None

    def outcome(self, correct, outputs, sequence):
        return Outcome(correct, mean_error(outputs, sequence))

    def start(self, lanes):
        return jnp.zeros(lanes, jnp.int32)

    def update(self, state, presentations, outcome, examine):
        state = jnp.where(outcome.correct, state + 1, 0)
        return state, (state >= self.needed)[None]


HERE = __name__


@pytest.mark.slow
def test_a_criterion_of_ones_own_ends_each_trial_by_itself(tmp_path):
    own = {"criterion": {"name": f"{HERE}.InARow", "needed": 2}, "task": {**NODE["task"], "tolerance": 0.51}}
    node = NODE | own | {"trials": 8, "budget": 1000}
    *_, last = run(read(node), tmp_path)
    records = files.read_json_lines(tmp_path / "trials.jsonl")
    needed = [record["stages"][0]["presentations"] for record in records]
    assert last.solved == sum(at is not None for at in needed)
    assert len(set(needed)) > 2 and min(at for at in needed if at) >= 2


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Writes a part with a fault into the working directory, and gives the module's name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, fault):
        (tmp_path / f"fault_{name}.py").write_text(source(fault))
        return f"fault_{name}"

    yield write
    for module in [module for module in sys.modules if module.startswith("fault_")]:
        del sys.modules[module]


@pytest.mark.parametrize("name", FAULTS)
def test_a_part_with_a_fault_gets_one_sentence(name, own):
    fault = FAULTS[name]
    module, kind = own(name, fault), KINDS[fault.kind]
    part = {"name": f"{module}.{kind.attribute}"} | ({"learning_rate": 0.1} if kind.node == "optimizer" else {})
    change = {"network": {"cell": part}, "gradient": "bptt"} if kind.node == "network" else {kind.node: part}
    if name == "no_step":
        change = {"network": part}
    with pytest.raises(InputError) as error:
        read(NODE | change)
    told = str(error.value)
    assert f"{module}.{kind.attribute}" in told and fault.told.replace("FILE", f"{module}.py") in told
    assert "\n" not in told and told.endswith(".") and not told.endswith("..")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_part_without_a_fault_is_taken(kind, own):
    right = Fault(kind, [], "")
    module, each = own(kind, right), KINDS[kind]
    part = {"name": f"{module}.{each.attribute}"} | ({"learning_rate": 0.1} if each.node == "optimizer" else {})
    read(NODE | ({"network": {"cell": part}, "gradient": "bptt"} if each.node == "network" else {each.node: part}))


@pytest.mark.parametrize("name", ["syntax", "tuple", "symbols", "state", "kept"])
def test_the_command_line_says_it_too(name, own, tmp_path):
    fault = FAULTS[name]
    module, kind = own(name, fault), KINDS[fault.kind]
    rate = ["optimizer.learning_rate=0.1"] if kind.node == "optimizer" else []
    done = call("train", "row=x", "budget=20", f"{kind.node}={module}.{kind.attribute}", *rate, cwd=tmp_path)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert fault.told.replace("FILE", f"{module}.py") in done.stderr


@pytest.mark.slow
def test_one_that_fails_in_the_middle_of_training_ends_its_own_runs_alone(own, tmp_path):
    module = own("late", LATE)
    small = ["row=x", "budget=20", "trials=1", "task.positions=[[1,3],[5,7]]", "task.min_length=10", "criterion.size=5"]
    cells = f"network={module}.step,elman"
    done = call("train", "-m", *small, "task.max_length=11", "test_sequences=4", cells, f"folder={tmp_path}/runs")
    assert done.returncode == 2
    assert [LATE.told.replace("FILE", f"{module}.py") in line for line in done.stderr.splitlines()] == [True]
    assert len(list(tmp_path.glob("runs/x*/summary.json"))) == 1


def test_ours_are_as_they_are_described():
    from lstm_jax.trials.own_parts import check_criterion, check_task

    task = TemporalOrder()
    check_task("ours", task)
    check_criterion("ours", Window(fewer_wrong_than=(3, 1)), task)
    assert dataclasses.is_dataclass(task)
