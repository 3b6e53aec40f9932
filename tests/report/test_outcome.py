"""The lines of the first screen: of all recorded runs, of a few, and of rows that the paper does not have."""

from lstm_jax.paper.closest import QUICK
from lstm_jax.report.dashboard import content
from lstm_jax.results import load
from tests.report.dashboards import again, copied, recorded


def test_the_first_screen_has_a_line_for_each_experiment_in_its_closest_reading():
    found = recorded()
    lines = [(line["title"], found["runs"][line["run"]]) for line in found["outcome"]["lines"]]
    assert [title.split()[0] for title, _ in lines] == [run["row"] for _, run in lines] == list(QUICK)
    for _, run in lines:
        assert run["departs"]["closest"] and (not run["departs"]["words"] or "/closest/" in run["folder"])
    assert found["outcome"]["missing"] == [] and "of 30 rows" in found["outcome"]["counted"]
    assert sorted(place for line in found["outcome"]["lines"] for place in line["all"]) == list(range(74))
    rows = list(dict.fromkeys(run["row"] for run in found["runs"]))
    assert rows[:6] == ["1-rtrl-3", "1-rtrl-12", "1-elman", "1-rcc", "1-1", "1-2"] and rows[-2:] == ["6a", "6b"]


def test_the_first_screen_of_few_runs_and_of_rows_of_ones_own(tmp_path):
    for name, row in (("a", "1-elman"), ("b", "6b"), *((f"own-{i}", f"own-{i}") for i in range(8))):
        copied("1-elman" if row == "1-elman" else "6b", tmp_path, name, row=row)
    found = content(load(tmp_path), "folder", again)
    outcome = found["outcome"]
    lines = [found["runs"][line["run"]]["row"] for line in outcome["lines"]]
    assert lines == ["1-elman", "6b", *(f"own-{i}" for i in range(6))]
    assert outcome["missing"] == list("2345") and outcome["more"] == 2 and outcome["counted"] == ""
    unfinished_run = copied("4-1", tmp_path / "alone")
    (unfinished_run / "summary.json").unlink()
    outcome = content(load(tmp_path / "alone"), "folder", again)["outcome"]
    assert [line["title"] for line in outcome["lines"]] == ["4-1 adding"] and outcome["counted"] == ""
