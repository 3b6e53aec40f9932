"""What the record of a trial says."""

import json

import pytest

from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.engine import run
from tests.trials.test_checkpoints import NODE

SIZE = 20


@pytest.fixture
def presentations(tmp_path):
    """Of a run, for every trial and stage."""

    def of(counted: bool) -> list[list[int | None]]:
        # The first stage is met as soon as the window is full, the second some time, the third never.
        bounds = [SIZE + 1, SIZE, 1]
        criterion = {"name": "window", "size": SIZE, "fewer_wrong_than": bounds, "counted": counted}
        list(
            run(experiments.read(NODE | {"criterion": criterion, "trials": 4, "budget": 1200}), tmp_path / str(counted))
        )
        records = (tmp_path / str(counted) / "trials.jsonl").read_text().splitlines()
        return [[stage["presentations"] for stage in json.loads(record)["stages"]] for record in records]

    return of


@pytest.mark.slow
def test_a_window_that_does_not_count_is_taken_off(presentations):
    counted = presentations(True)
    assert {trial[0] for trial in counted} == {SIZE}
    assert any(trial[1] is not None for trial in counted)
    assert {trial[2] for trial in counted} == {None}
    assert presentations(False) == [[None if at is None else at - SIZE for at in trial] for trial in counted]
