"""What the record of a trial says."""

import json

import pytest

from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.engine import run
from tests.trials.test_checkpoints import NODE

SIZE = 20


@pytest.mark.slow
def test_a_window_that_does_not_count_is_taken_off(tmp_path):
    # The first stage is met as soon as the window is full, the second some time, the third never.
    bounds = [SIZE + 1, SIZE, 1]
    criterion = {"name": "window", "size": SIZE, "fewer_wrong_than": bounds, "counted": False}
    list(run(experiments.read(NODE | {"criterion": criterion, "trials": 4, "budget": 1200}), tmp_path))
    records = (tmp_path / "trials.jsonl").read_text().splitlines()
    first, second, third = zip(
        *([stage["presentations"] for stage in json.loads(record)["stages"]] for record in records), strict=True
    )
    assert set(first) == {0}
    assert any(at is not None for at in second)
    assert set(third) == {None}
