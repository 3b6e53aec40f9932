"""The program that measures what learning rules cost, on tiny settings."""

import json

import pytest

from tests.experiments.programs import call

TINY = ("units=[2]", "lengths=[4,40]", "rows=[2a-rtrl-p4-lr1]", "trials=8", "steps=3", "repeats=1", "seconds=0.001")


@pytest.mark.slow
def test_memory_grows_with_the_sequence_for_back_propagation_alone(tmp_path):
    done = call("cost", *TINY, f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "rules.json").read_text())["figures"]
    kept = {(f["method"], f["length"]): f["kept bytes per trial"] for f in figures if f["what"] == "length"}
    assert kept["LSTM, truncated", 4] == kept["LSTM, truncated", 40]
    assert kept["RTRL", 4] == kept["RTRL", 40]
    assert kept["BPTT", 4] < kept["BPTT", 40]
    (row,) = (f for f in figures if f["what"] == "row")
    assert row["weights"] == 36
    assert row["nanoseconds per trial-step"] > 0
    assert (tmp_path / "rules.png").stat().st_size > 0


@pytest.mark.slow
def test_a_row_that_learns_otherwise_is_refused(tmp_path):
    done = call("cost", "units=[1]", "lengths=[4]", "rows=[1-rcc]", f"folder={tmp_path}")
    assert done.returncode == 2
    assert done.stderr.startswith("rows has '1-rcc': measured are rows of networks of cells")
    assert len(done.stderr.splitlines()) == 1
