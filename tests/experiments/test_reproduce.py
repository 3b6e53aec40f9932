"""Several rows, or several readings of one, by one command."""

import json
import re
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from rich.console import Console

from experiments.study import read
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.overrides import quote_row
from lstm_jax.paper.closest import CLOSEST
from lstm_jax.places import CONFIGS
from lstm_jax.report import closest
from lstm_jax.report.columns import terminal, texts
from lstm_jax.results import load
from tests.experiments.programs import call, run

SMALL = ("trials=2", "budget=2000", "seed=3")


@pytest.mark.slow
def test_rows_run_side_by_side_and_are_told_in_order(tmp_path):
    folder = tmp_path / "my runs, (ü)"
    done = call("reproduce", "rows=[6a,1-4]", *SMALL, f'folder="{folder}"')
    assert done.returncode == 0, done.stderr
    summaries = json.loads((folder / "summary.json").read_text())
    assert [summary["row"] for summary in summaries] == ["6a", "1-4"]
    assert {summary["verdict"] for summary in summaries} == {"cut short"}
    assert done.stdout.index("1-4: 2 of 2 trials did not reach") > done.stdout.index("6a: 2 of 2 trials did not reach")
    assert "cut short: the row's budget is 313,900" in re.sub(r"\s+", " ", done.stdout)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    """The records of row 1-4 by itself, on all devices of this process."""
    folder = tmp_path_factory.mktemp("alone")
    done = call("reproduce", "rows=[1-4]", *SMALL, f"folder={folder}")
    assert done.returncode == 0, done.stderr
    [records] = folder.glob("1-4-*/trials.jsonl")
    return records


@pytest.mark.slow
@pytest.mark.parametrize("devices", [1, 3])
def test_side_by_side_a_row_comes_to_what_it_comes_to_alone(alone, tmp_path, monkeypatch, devices):
    monkeypatch.setenv("XLA_FLAGS", f"--xla_force_host_platform_device_count={devices}")
    done = run("reproduce", "rows=[1-4,1-5]", *SMALL, f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    [beside] = tmp_path.glob("1-4-*/trials.jsonl")
    assert beside.read_text() == alone.read_text()


@pytest.mark.slow
def test_readings_of_a_row(tmp_path):
    readings = "readings=[as printed,no gate recurrence]"
    done = call("readings", "row=6a", readings, *SMALL, f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    lines = json.loads((tmp_path / "6a.json").read_text())["readings"]
    assert [line["reading"] for line in lines] == ["as printed", "no gate recurrence"]
    assert [line["overrides"] for line in lines] == [[], ["network.cell.gate_recurrence=false"]]
    # 4 blocks' gate activations less, into each of 8 units.
    assert lines[0]["weights"] - lines[1]["weights"] == 32


@pytest.mark.parametrize("rows", ["rows=[4-1,9-9]", "rows=slow", "rows=[]"])
def test_unknown_rows_get_one_sentence(rows, tmp_path):
    done = call("reproduce", rows, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "6a" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["row=9-9"], "6a"),
        (["row=6a", "readings=[upside down]"], "no gate recurrence"),
        (["row=6a", "readings=5"], "no gate recurrence"),
        (["row=6a", "readings=[]"], "no gate recurrence"),
    ],
)
def test_unknown_readings_get_one_sentence(arguments, part, tmp_path):
    done = call("readings", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert part in done.stderr


def job(row, *changes):
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        return read(compose("train", [quote_row(f"experiment={row}"), *changes]))


@pytest.mark.parametrize("row", CLOSEST)
def test_a_closest_reading_departs_in_words_as_it_does_in_settings(row):
    words, changes = CLOSEST[row]
    printed, read_so = job(row).experiment, job(row, *changes).experiment
    assert bool(words) == bool(changes) == (printed.resolved != read_so.resolved)
    counts = [experiment.trial.network.weight_count for experiment in (read_so, printed)]
    named = re.search(r"\((\d+) weights, not (\d+)\)", words)
    assert counts[0] == counts[1] if named is None else counts == list(map(int, named.groups()))


def test_there_is_one_closest_row_of_each_experiment():
    assert [row[0] for row in CLOSEST] == list("123456")


@pytest.mark.slow
def test_the_first_command_shows_one_row_of_each_experiment_and_how_it_departs(tmp_path):
    done = call("reproduce", "trials=1", "budget=12000", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    text = re.sub(r"\s+", " ", done.stdout)
    for row, (words, _) in CLOSEST.items():
        assert f"{row}: {words or 'as printed'}." in text
    assert "Under the printed conditions were solved: 1-2 1 of 30 after 154k" in text
    assert {run.configuration["seed"] for run in load(tmp_path).runs} == {100}
    assert (tmp_path / "curves.png").exists()


def test_the_first_table_fits_a_terminal_and_says_what_is_recorded():
    """The recorded runs under the printed conditions, of which 1-2 is solved least and 2c-1 takes longest."""
    summaries = [stage for run in load(Path(CONFIGS).parent / "results" / "paper").runs for stage in run.summary]
    lines = [texts(closest.COLUMNS, line) for line in closest.last(summaries)]
    words = {line.pop("experiment"): line for line in lines}
    assert list(words["4-1 adding"].values()) == ["0/10", "-", "74.0k", "not reproduced"]
    assert words["6a temporal order"]["solved"] == "20/20"
    console = Console(width=80)
    with console.capture() as captured:
        console.print(terminal(closest.COLUMNS, closest.last(summaries)))
    assert len(captured.get().strip().splitlines()) == 2 + len(lines)


def test_the_readmes_table_says_where_conditions_are_changed_and_the_list_says_how():
    folder = Path(CONFIGS).parent / "results"
    quick, paper = ([stage for run in load(folder / name).runs for stage in run.summary] for name in ("quick", "paper"))
    heading, _, *lines = closest.document(quick).splitlines()
    assert heading.endswith("| conditions |") and len(lines) == len(CLOSEST)
    for line, (row, (words, _)) in zip(lines, CLOSEST.items(), strict=True):
        assert f"](docs/experiment-{row[0]}.md)" in line
        assert line.endswith("| changed |" if words else "| as printed |")
    *how, fare = closest.changes(quick, paper).splitlines()
    assert how == [f"- {row}: {words or 'as printed'}." for row, (words, _) in CLOSEST.items()]
    assert fare.startswith("- Under the printed conditions were solved: 1-2 1 of 30 after 154k")
