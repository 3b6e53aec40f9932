"""Records and summaries as JSON: back as they were, from older versions, and refused if they are something else."""

import json
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import files, load
from lstm_jax.results.guesses import GuessRecord, GuessSummary
from lstm_jax.results.records import finished, plain, typed
from lstm_jax.results.search import Found
from lstm_jax.results.streams import StreamRecord, StreamSummary
from lstm_jax.results.studies import ComparedSummary, ReadingSummary, UseRecord
from lstm_jax.results.training import Measures, StageRecord, Summary, TrialRecord
from tests.results.made_runs import made_summary, make_run

RESULTS = Path(__file__).parents[2] / "results"

RECORD = TrialRecord(
    row="own",
    seed=3,
    trial=0,
    stages=(StageRecord("none of 9 wrong", "n = 0", 7, Measures(1, 0.5, 0.25)), StageRecord("never", "n", None, None)),
    diverged=True,
    end=Measures(2, float("nan"), float("inf")),
)

OLD = {
    "row": "own",
    "seed": 3,
    "trial": 0,
    "stages": [
        {
            "stage": "fewer than 6 of 256 wrong, mean error below 0.04",
            "presentations": 7,
            "test_wrong": 1,
            "test_mean_absolute_error": 0.5,
            "test_mean_squared_error": 0.25,
        },
        {"stage": "one of my own", "presentations": None},
    ],
    "diverged": False,
    "end": {"test_wrong": 2, "test_mean_absolute_error": 1, "test_mean_squared_error": 1},
}


def again(kind: type, record: Any) -> Any:
    """Written and read."""
    (found,) = typed(kind, [json.loads(json.dumps(plain(record)))], Path("file"))
    return found


def test_what_is_written_is_read_back():
    # NaN is equal to nothing, so it is compared by its name.
    assert repr(again(TrialRecord, RECORD)) == repr(RECORD)
    summary = made_summary("6a", [20_000, None, 40_000, 30_000])
    assert again(Summary, summary) == summary
    assert summary.paper is not None and summary.mean_interval is not None
    guess = GuessRecord(trial=1, guesses=None, wrong=None, mean_absolute_error=None)
    assert again(GuessRecord, guess) == guess


def test_an_older_record_has_the_names_of_today():
    (found,) = typed(TrialRecord, [OLD], Path("file"))
    first, second = found.stages
    assert first.tested == Measures(1, 0.5, 0.25) and first.presentations == 7
    assert first.short == "n < 6, error < 0.04"
    assert second == StageRecord("one of my own", "one of my own", None, None)
    assert found.end == Measures(2, 1.0, 1.0) and not found.solved


def test_an_older_run_has_the_short_names_of_its_configuration(tmp_path):
    criterion = {"name": "window", "size": 50, "fewer_wrong_than": [4, 1], "mean_error_below": 0.1}
    directory = make_run(tmp_path, "a", [30, None], criterion=criterion)
    records = files.read_json_lines(directory / "trials.jsonl")
    for record in records:
        (stage,) = record["stages"]
        del stage["short"]
        stage["stage"] = "fewer than 4 of 50 wrong"
    files.write_json_lines(directory / "trials.jsonl", records)
    (run,) = load(tmp_path).runs
    assert [record.stages[0].short for record in run.records] == ["n < 4", "n < 4"]


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        (TrialRecord, {"trial": "0"}, r"0\.trial should be a valid integer"),
        (TrialRecord, {"end": None}, r"0\.end "),
        (TrialRecord, {"stages": 3}, "0 is "),
        (TrialRecord, {"stages": [{"presentations": 3}]}, "0 is "),
        (TrialRecord, {"diverged": 0}, r"0\.diverged should be a valid boolean"),
        (Summary, {}, "0 is "),
        (StreamRecord, {}, r"0\.variant "),
    ],
)
def test_values_of_the_wrong_kind_are_refused_by_file_and_name(kind, change, reason):
    with pytest.raises(InputError, match=rf"^some/file is of another program or version: {reason}"):
        typed(kind, [OLD | change], Path("some/file"))


@pytest.mark.parametrize("node", [None, 3, [], "text"])
def test_what_is_no_record_at_all_is_refused(node):
    with pytest.raises(InputError, match="file is of another program or version: 0 is "):
        typed(TrialRecord, [node], Path("file"))


def test_every_recorded_run_is_read_with_the_figures_in_its_files():
    """The names are those of the version that wrote the file; what stands under them is the same."""
    found = load(RESULTS)
    assert found.left_out == {}  # the studies of guess and continual are none of them
    folders = Counter(str(run.directory.parent.relative_to(RESULTS)) for run in found.runs)
    names = ("paper", "closest", "seeds", "seeds/avx2", "seeds/double", "seeds/older_jax")
    assert folders == {name: len(list((RESULTS / name).glob("*/trials.jsonl"))) for name in names}
    assert folders["paper"] >= 42 and folders["closest"] >= 30
    for run in found.runs:
        content = json.loads((run.directory / "summary.json").read_text())
        for summary, old in zip(run.summary, content, strict=True):
            assert summary.solved == old.get("successes", old.get("solved"))
            assert summary.wrong == old.get("test_wrong", old.get("wrong"))
            assert summary.solved == sum(
                record.stages[_place(run, summary)].tested is not None for record in run.records
            )
            assert summary.presentations == tuple(old["presentations"])
            # A stage's short name is got from the configuration, not from its sentence.
            assert summary.short.startswith("n ")


def test_the_mean_that_is_shown_makes_the_recorded_ratio_and_verdict():
    """Both were written when the run ended: where we agree, the paper's mean lies in the interval that is shown."""
    runs = [run for name in ("paper", "closest") for run in load(RESULTS / name).runs]
    lines = [(line, line.paper) for run in runs for line in run.summary]
    compared = [(line, paper.presentations) for line, paper in lines if paper and paper.presentations]
    assert {line.at_least for line, _ in compared} == {True, False} and len(compared) >= 72
    for line, papers in compared:
        if line.compared_mean is None:
            assert line.ratio is None and line.solved == 0
            continue
        assert line.compared_mean / papers == pytest.approx(line.ratio, rel=1e-12)
        low, high = line.compared_interval or (np.nan, np.nan)
        enough = line.verdict not in ("not reproduced", "cut short")
        assert (low <= papers <= high and enough) == (line.verdict == "agrees")


def _place(run: Any, summary: Summary) -> int:
    return [own.stage for own in run.summary].index(summary.stage)


@pytest.mark.parametrize(
    ("folder", "file", "record", "summary"),
    [("continual", "nets.jsonl", StreamRecord, StreamSummary), ("guessing", "trials.jsonl", GuessRecord, GuessSummary)],
)
def test_every_recorded_study_is_read(folder, file, record, summary):
    directories = sorted((RESULTS / folder).iterdir())
    assert directories
    for directory in directories:
        (own,) = finished(summary, directory)
        records = typed(record, files.read_json_lines(directory / file), directory / file)
        assert own.trials == len(records)
        assert own.solved == sum(each.solved for each in records)


def test_every_recorded_comparison_and_reading_is_read():
    for kind, pattern, name in (
        (ReadingSummary, "readings/*.json", "readings"),
        (ComparedSummary, "compare/*.json", "lines"),
    ):
        for path in RESULTS.glob(pattern):
            lines = json.loads(path.read_text())[name]
            found = typed(kind, lines, path)
            assert [line.mean for line in found] == [line["mean"] for line in lines]
            assert all(line.short.startswith("n ") for line in found if line.stages > 1)


def test_every_recorded_search_is_read():
    paths = list(RESULTS.glob("search/*.json"))
    assert paths
    for path in paths:
        lines = json.loads(path.read_text())["found"]
        found = typed(Found, lines, path)
        assert [line.solved for line in found] == [line["solved"] for line in lines]
        last = [line for line in found if line.round == found[-1].round]
        assert {line.seed for line in last}.isdisjoint(line.seed for line in found if line.round < last[0].round)


def test_recorded_uses_of_cells_are_read():
    path = RESULTS / "abuse" / "abuse.json"
    records = json.loads(path.read_text())["records"]
    assert [own.presentations for own in typed(UseRecord, records, path)] == [own["presentations"] for own in records]
    with pytest.raises(InputError, match=r"abuse\.json is of another program or version: 0\.error "):
        typed(UseRecord, [records[0] | {"error": "none"}], path)


def test_curves_have_one_name_for_the_share_of_wrong_answers(tmp_path):
    directory = make_run(tmp_path, "a", [250, None])
    with np.load(directory / "curves.npz") as arrays:
        old = {"wrong" if name == "wrong_rate" else name: arrays[name] for name in arrays.files}
    files.write_arrays(directory / "curves.npz", old)
    (run,) = load(tmp_path).runs
    np.testing.assert_array_equal(run.curves["wrong_rate"], old["wrong"])
    assert "wrong_rate" in load(tmp_path).points()[0]


def test_a_quantity_has_one_name_in_records_and_summaries():
    names = {kind: {field.name for field in fields(kind)} for kind in (Summary, StreamSummary, GuessSummary)}
    shared = {"trials", "solved", "mean", "seconds", "budget", "weights"}
    assert all(shared <= own for own in names.values())
