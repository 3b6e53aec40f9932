"""A small sample of every campaign, and that each would see what it looks for."""

import os
import random
import sys
from collections import Counter

import pytest

from lstm_jax.errors import InputError
from tests.torture import damage, settings
from tests.torture.kills import ended, records


def test_drawn_settings_are_trained_or_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(settings, "LONGEST", float("inf"))  # a test does not go by the clock
    counts, faults = settings.campaign(40, seed=5)
    assert faults == {} and counts["valid"] and counts["refused"]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ValueError("odd"), "ValueError"),
        (InputError("Something is wrong."), "names no setting"),
        (InputError("trials is 3:\nno"), "no sentence"),
        (InputError("trials is 3: it should be 2."), ""),
    ],
)
def test_what_is_no_sentence_about_a_setting_is_a_fault(error, fault, monkeypatch):
    def read(node):
        raise error

    monkeypatch.setattr(settings.experiment, "read", read)
    outcome, found = settings.examined({}, ["trials"])
    assert (outcome == "refused") is not bool(fault) and fault in found


@pytest.mark.slow
def test_damaged_runs_are_told_or_come_to_the_same(tmp_path):
    made = damage.Campaign(tmp_path)
    found = [made.one(random.Random(case)) for case in range(40)]
    assert [fault for _, fault in found if fault] == []
    assert set(Counter(outcome for outcome, _ in found)) == {"told", "the same"}
    made.rows = made.rows.replace("0.", "1.")  # as if other figures had been read
    assert "other figures" in made.tables(made.whole)[1]


def test_a_killed_process_has_no_status_and_records_are_compared_by_their_bytes(tmp_path):
    endless, short = (
        os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ)
        for code in ("import time; time.sleep(99)", "raise SystemExit(3)")
    )
    assert ended(endless, 0.05) is None
    assert ended(short, None) == 3
    for name, text in (("a", "one"), ("b", "one"), ("c", "two")):
        (tmp_path / name / "run").mkdir(parents=True)
        (tmp_path / name / "run" / "trials.jsonl").write_text(text)
    assert records(tmp_path / "a") == records(tmp_path / "b") != records(tmp_path / "c")
