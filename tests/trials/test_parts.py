"""Tasks and criteria of one's own: one that is right learns a row, one that is not gets one sentence."""

import dataclasses
from dataclasses import dataclass

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


@configuration
class WithoutStages(InARow):
    """It forgets the axis of stages."""

    def update(self, state, presentations, outcome, examine):
        state, met = super().update(state, presentations, outcome, examine)
        return state, met[0]


@configuration
class Numbers(InARow):
    """It gives how many, not whether."""

    def update(self, state, presentations, outcome, examine):
        state, met = super().update(state, presentations, outcome, examine)
        return state, met.astype(jnp.int32)


@dataclass(frozen=True)
class Unfinished:
    """It has nothing but stages."""

    stages = (Stage("some", "some"),)


@configuration
class ForEveryOutput(TemporalOrder):
    """It says of every output whether it is right."""

    def correct(self, outputs, sequence):
        return jnp.abs(outputs - sequence.targets) < 0.3


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


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"criterion": {"name": f"{HERE}.WithoutStages"}}, ["WithoutStages", "[stages, *lanes]", "bool[1]"]),
        ({"criterion": {"name": f"{HERE}.Numbers"}}, ["Numbers", "int32[1, 1]"]),
        ({"criterion": {"name": f"{HERE}.Unfinished"}}, ["Unfinished", "cannot be used", "outcome"]),
        ({"task": {**NODE["task"], "name": f"{HERE}.ForEveryOutput"}}, ["ForEveryOutput", "[*lanes]", "bool[4, 1]"]),
    ],
)
def test_one_that_is_not_right_gets_one_sentence(change, parts):
    with pytest.raises(InputError) as error:
        read(NODE | change)
    assert len(str(error.value).splitlines()) == 1
    for part in parts:
        assert part in str(error.value)


def test_ours_are_as_they_are_described():
    from lstm_jax.trials.parts import check_criterion, check_task

    task = TemporalOrder()
    check_task("ours", task)
    check_criterion("ours", Window(fewer_wrong_than=(3, 1)), task)
    assert dataclasses.is_dataclass(task)
