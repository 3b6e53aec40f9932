import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import intact, load
from tests.results.made_runs import make_run

PAPER = Path(__file__).parents[2] / "results" / "paper"


def one(tmp_path: Path) -> Path:
    """A recorded run as older versions left it, without checksums: whatever is wrong in a file has to be seen there."""
    source = next(PAPER.glob("6a-*"))
    ignore = shutil.ignore_patterns(intact.SUMS)
    directory = Path(shutil.copytree(source, tmp_path / "deep" / source.name, ignore=ignore))
    (directory / "provenance.json").write_text("{}")
    return directory


def test_a_run_is_read_as_it_was_written(tmp_path):
    directory = one(tmp_path)
    (run,) = load(tmp_path).runs
    assert run.finished and run.name == directory.name
    assert run.fields["optimizer.learning_rate"] == 0.5
    assert run.fields["network.cell.input_gate_bias"] == [-2, -4]
    assert len(run.records) == 20
    solved = [record.presentations for record in run.records]
    assert tuple(solved) == run.summary[0].presentations


def test_curves_are_read_and_missing_ones_named(tmp_path):
    # Curves of recorded results are not under git.
    directory = make_run(tmp_path, "a", [250, None])
    (run,) = load(tmp_path).runs
    assert run.curves["error"].shape == (len(run.curves["presentations"]), 2)
    assert np.isnan(run.curves["error"][run.curves["presentations"] >= 350, 0]).all()
    (directory / "curves.npz").unlink()
    with pytest.raises(InputError, match="is missing"):
        load(tmp_path).points()


def test_a_folder_may_be_the_run_itself(tmp_path):
    assert len(load(one(tmp_path)).runs) == 1


def test_an_unfinished_run_has_no_records(tmp_path):
    directory = one(tmp_path)
    (directory / "summary.json").unlink()
    (run,) = load(tmp_path).runs
    assert not run.finished and run.records == ()


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("trials.jsonl", '{"row": "6a", "se', "half-written"),
        ("summary.json", "[]", "half-written or damaged"),
        ("summary.json", "", "half-written"),
        ("configuration.json", json.dumps({"model": "resnet"}), "not of a run"),
        ("configuration.json", "[1, 2]", "not of a run"),
        ("trials.jsonl", "", "0 records"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path, file, content, reason):
    broken = one(tmp_path / "a")
    one(tmp_path / "b")
    (broken / file).write_text(content)
    found = load(tmp_path)
    assert len(found.runs) == 1
    assert list(found.left_out) == [broken]
    assert reason in found.left_out[broken]


def test_runs_of_guess_and_continual_are_no_strangers(tmp_path):
    directory = one(tmp_path)
    for folder in ("guessing", "continual"):
        source = next((PAPER.parent / folder).iterdir())
        shutil.copytree(source, tmp_path / folder / source.name)
    found = load(tmp_path)
    assert [run.directory for run in found.runs] == [directory] and found.left_out == {}


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no run"):
        load(tmp_path)
    with pytest.raises(InputError, match="no such directory"):
        load(tmp_path / "nowhere")
