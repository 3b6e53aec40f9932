"""The table of many runs as a user asks for it."""

import csv
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_jax.results.exported import CONFIGURED
from tests.experiments.programs import call, run
from tests.results.made_runs import make_run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    make_run(tmp_path / "runs", "a", [100, 300], seed=0)
    make_run(tmp_path / "runs", "b", [200, None], seed=1)
    make_run(tmp_path / "runs", "c", [50], optimizer={"learning_rate": 0.1}, cell={"bias": "random"})
    (make_run(tmp_path / "runs", "d", [7], seed=9) / "summary.json").unlink()
    (make_run(tmp_path / "runs", "e", [7]) / "trials.jsonl").write_text("{")
    return tmp_path / "runs"


def read(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_groups_over_seeds_and_says_what_is_missing(folder, tmp_path):
    done = run("results", "runs", f"csv={tmp_path / 'new' / 'table.csv'}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "3/4" in done.stdout and "1/1" in done.stdout
    assert "Not finished: d." in done.stdout
    left_out = "Left out, trials.jsonl is half-written or damaged; remove its directory to run this again: e."
    assert left_out in " ".join(done.stdout.split())
    other, pooled = read(tmp_path / "new" / "table.csv")
    assert (pooled["trials"], pooled["solved"], pooled["mean"], pooled["q90"]) == ("4", "3", "200.0", "inf")
    assert (pooled["cell.bias"], other["cell.bias"]) == ("[-1, -2]", "random")


def test_filters_and_groups_by_chosen_fields(folder, tmp_path):
    path = tmp_path / "table.csv"
    conditions = ("where=row=own", "where=optimizer.learning_rate>=0.5")
    assert call("results", f"folder={folder}", *conditions, "by=[seed]", f"csv={path}").returncode == 0
    assert [(line["seed"], line["trials"]) for line in read(path)] == [("0", "2"), ("1", "2")]


def test_says_what_is_odd_about_a_group(tmp_path):
    make_run(tmp_path, "a", [100, 300])
    make_run(tmp_path, "b", [100, 999, 500])  # the same trials, but one
    make_run(tmp_path, "c", [100], budget=400)
    done = call("results", str(tmp_path), "by=[row]")
    output = " ".join(done.stdout.split())
    assert "2 records are of trials that another run had recorded before" in output
    assert "1 of them say something else" in output
    assert "Trials with different budgets are in one group" in output


def test_unsolved_trials_are_in_a_mean_of_all_and_in_the_test_of_two_lines(tmp_path):
    make_run(tmp_path, "a", [100, 200, 300, 400])
    make_run(tmp_path, "b", [900, None, None, None], optimizer={"learning_rate": 0.1})
    path = tmp_path / "table.csv"
    done = call("results", str(tmp_path), f"csv={path}")
    slow, fast = read(path)
    assert (fast["restricted_mean"], slow["restricted_mean"]) == ("250.0", "975.0")  # (900 + 3 * 1000) / 4
    assert (fast["restricted_to"], fast["restricted_interval.low"] != "") == ("1000", True)
    told = " ".join(done.stdout.split())
    assert "≥ 975" in told and "≥ 250" not in told
    assert "log-rank test, p = 0.0067," in told  # by hand in tests/results/test_censored.py
    assert "which an unsolved one counts with the presentations" in told
    alone = " ".join(call("results", str(tmp_path), "per=run", "where=optimizer.learning_rate=0.5").stdout.split())
    assert "log-rank" not in alone and "unsolved" not in alone


@pytest.mark.parametrize("per", ["group", "run", "trial", "point"])
def test_one_file_for_others_says_what_its_fields_mean_and_where_its_figures_come_from(folder, tmp_path, per):
    paths = {name: tmp_path / f"table.{name}" for name in ("json", "csv")}
    done = call("results", str(folder), f"per={per}", *(f"{name}={path}" for name, path in paths.items()))
    assert (done.returncode, done.stderr) == (0, "")
    content = json.loads(paths["json"].read_text(), parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))
    runs = {run["name"]: run for run in content["runs"]}
    for line, row in zip(content["lines"], read(paths["csv"]), strict=True):
        for name, value in row.items():
            ours = line.get(name)
            number = isinstance(ours, int | float) and not isinstance(ours, bool)
            found = json.dumps(ours) if isinstance(ours, list) else "" if ours is None else str(ours)
            assert float(value) == ours if number else found == value.replace("inf", "")
            assert content["fields"][name]
        names = line.get("run_names") or [line["run"]]
        wanted = {
            (run, trial["trial"]): trial["stages"][-1]["presentations"]
            for run in names
            for trial in runs[run]["records"]
        }
        if per == "group":
            assert line["solved"] == sum(at is not None for at in wanted.values())
        if per == "trial":
            assert line["presentations"] == wanted[line["run"], line["trial"]]
    assert runs["a"]["configuration"]["optimizer"] == {"learning_rate": 0.5}
    assert content["made"]["command"].endswith(f"json={paths['json']} csv={paths['csv']}")


def test_records_of_this_repository_say_where_they_come_from_and_what_every_field_is(tmp_path):
    path = tmp_path / "closest.json"
    assert call("results", str(ROOT / "results" / "closest"), f"json={path}").returncode == 0
    content = json.loads(path.read_text())
    runs = {run["name"]: run for run in content["runs"]}
    for line in content["lines"]:
        for name in line["run_names"]:
            assert {"command", "commit", "processor", "versions"} <= runs[name]["provenance"].keys()
    named = {name for name in content["fields"] if name in content["runs"][0]["configuration"] or "." in name}
    undocumented = {name for name, words in content["fields"].items() if words == CONFIGURED}
    assert undocumented <= named
    assert content["fields"]["restricted_mean"].startswith("Mean number of presentations of all trials")
    assert content["fields"]["q50"] == content["fields"]["q90"] != CONFIGURED
    (six,) = [line for line in content["lines"] if line["row"] == "6a"]
    assert (six["solved"], six["trials"], six["paper.presentations"]) == (20, 20, 31_390)


def test_a_line_may_be_a_run_a_trial_or_a_point(folder, tmp_path):
    counts = {"run": 4, "trial": 5, "point": 1 + 3 + 2 + 10 + 1}
    for per, count in counts.items():
        path = tmp_path / f"{per}.csv"
        assert call("results", str(folder), f"per={per}", f"csv={path}").returncode == 0
        assert len(read(path)) == count


@pytest.mark.parametrize("arguments", [[], ["by=[seed]", "where=row=own"], ["per=run"], ["per=trial"], ["per=point"]])
def test_what_is_left_out_is_told_where_nothing_else_is_there(tmp_path, arguments):
    (make_run(tmp_path, "a", [7]) / "trials.jsonl").write_text("{")
    done = call("results", str(tmp_path), *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Left out, trials.jsonl is half-written" in " ".join(done.stdout.split())


def test_a_run_with_damaged_curves_is_told_and_the_points_of_others_are_shown(folder, tmp_path):
    (folder / "b" / "curves.npz").write_bytes(b"PK")
    (folder / "c" / "curves.npz").unlink()
    path = tmp_path / "points.csv"
    done = call("results", str(folder), "per=point", f"csv={path}")
    assert (done.returncode, done.stderr) == (0, "")
    assert {line["run"] for line in read(path)} == {"a"}
    told = " ".join(done.stdout.split())
    assert all(f"Left out, {reason}" in told for reason in ("curves.npz is damaged", "curves.npz is missing", "trials"))


def test_parquet_has_the_numbers_of_csv(folder, tmp_path):
    paths = tmp_path / "table.csv", tmp_path / "table.parquet"
    done = call("results", str(folder), "per=trial", f"csv={paths[0]}", f"parquet={paths[1]}")
    assert done.returncode == 0, done.stderr
    table = importlib.import_module("pyarrow.parquet").read_table(paths[1])
    assert str(table.schema.field("presentations").type) == "int64"
    assert str(table.schema.field("solved").type) == "bool"
    for ours, theirs in zip(read(paths[0]), table.to_pylist(), strict=True):
        assert ours == {name: "" if value is None else str(value) for name, value in theirs.items()}
    assert [json.loads(row["cell.bias"]) for row in table.to_pylist()[:2]] == [[-1, -2], [-1, -2]]


@pytest.mark.slow
def test_without_pyarrow_the_rest_is_written(folder, tmp_path):
    code = "import sys; sys.modules['pyarrow'] = None; from experiments.results import main; main()"
    arguments = [str(folder), f"csv={tmp_path / 'table.csv'}", f"parquet={tmp_path / 'table.parquet'}"]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "lstm-jax[parquet]" in done.stderr and len(done.stderr.splitlines()) == 1
    assert (tmp_path / "table.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["nowhere"], ["folder", "nowhere", "no such directory"]),
        (["."], ["folder", "holds no run"]),
        (["runs", "where=colour=red"], ["where", "colour", "optimizer.learning_rate"]),
        (["runs", "by=[colour]"], ["by", "colour", "optimizer.learning_rate"]),
        (["runs", "by=colour"], ["by", "colour"]),
        (["runs", "where=row=9z"], ["where", "row=9z", "none of "]),
        (["runs", "where=row=9z", "per=run"], ["where", "row=9z", "none of "]),
        (["runs", "where=[5]"], ["where", "5", "texts"]),
        (["runs", "per=day"], ["per", "day", "trial"]),
        (["runs", "per=run", "by=[seed]"], ["by", "seed", "per=group"]),
        (["runs", "csv=/dev/null/table.csv"], ["csv", "/dev/null"]),
    ],
)
def test_bad_input_gets_one_sentence(folder, tmp_path, arguments, parts):
    (tmp_path / "empty").mkdir()
    done = call("results", *arguments, cwd=tmp_path / "empty" if arguments == ["."] else tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in done.stderr


@pytest.mark.slow
def test_nothing_of_it_waits_for_jax(folder):
    code = f"import sys; sys.argv = ['x', {str(folder)!r}]; from experiments.results import main; main()\n"
    code += "assert 'jax' not in sys.modules and 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
