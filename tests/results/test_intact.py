"""Records that are not what was written are told by file, with the cure, by every reader; the others are shown."""

import json
import shutil
import subprocess
from pathlib import Path
from unittest import mock

import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import files, intact, load
from lstm_jax.results.records import finished
from lstm_jax.results.training import Summary, TrialRecord
from tests.experiments.programs import call
from tests.results.made_runs import make_run

PAPER = Path(__file__).parents[2] / "results" / "paper"
FILES = ("configuration.json", "provenance.json", "trials.jsonl", "summary.json")


def sealed(folder: Path, **changes) -> Path:
    """A run as it is written today."""
    made = make_run(folder, "new", [100, None, 300], **changes)
    text = (made / "configuration.json").read_text()
    summary = intact.read_json(made / "summary.json")
    (made / "summary.json").unlink()
    (made / "provenance.json").write_text('{"checksums": "SHA256SUMS"}')
    intact.finish(made, summary)
    return made.rename(folder / intact.named("own", text))


def older(folder: Path, **changes) -> Path:
    """A run as it was written before there were checksums."""
    directory = sealed(folder, **changes)
    (directory / intact.SUMS).unlink()
    (directory / "provenance.json").write_text("{}")
    return directory


def replaced(name: str, old: str, new: str):
    """A change of a file's text."""

    def change(directory: Path) -> None:
        text = (directory / name).read_text()
        assert old in text
        (directory / name).write_text(text.replace(old, new, 1))

    return name, change


def cut(name: str):
    return name, lambda directory: (directory / name).write_bytes((directory / name).read_bytes()[:-20])


def gone(name: str):
    return name, lambda directory: (directory / name).unlink()


ALWAYS = [
    replaced("configuration.json", "0.5", "0.7"),
    replaced("trials.jsonl", '"presentations": 100', '"presentations": "hundred"'),
    replaced("trials.jsonl", '"presentations": 100', '"presentations": 101'),
    replaced("trials.jsonl", '"trial": 0', '"trial": 1'),
    replaced("trials.jsonl", '"seed": 0', '"seed": 1'),
    replaced("summary.json", '"solved": 2', '"solved": "two"'),
    replaced("summary.json", "[", "[" * 100_000),
    *(cut(name) for name in FILES),
    *(gone(name) for name in FILES if name != "summary.json"),
]
TODAY = [
    replaced("summary.json", '"mean": 200.0', '"mean": 100.0'),
    replaced("summary.json", '"seconds": 1.5', '"seconds": 2.5'),
    replaced("trials.jsonl", '"wrong": 5', '"wrong": 4'),
    replaced("provenance.json", "{", '{"commit": "other", '),
    gone(intact.SUMS),
    replaced(intact.SUMS, "trials", "other"),
    (intact.SUMS, lambda directory: (directory / intact.SUMS).write_bytes(b"")),
]


@pytest.mark.parametrize(
    ("write", "name", "change"),
    [(write, *one) for write, cases in ((sealed, ALWAYS + TODAY), (older, ALWAYS)) for one in cases],
)
def test_a_run_that_is_not_what_was_written_is_told_and_the_others_are_read(tmp_path, write, name, change):
    directory, other = write(tmp_path / "a"), write(tmp_path / "b", seed=5)
    change(directory)
    found = load(tmp_path)
    if name == "configuration.json" and not (directory / name).exists():
        assert found.left_out == {}  # a directory without one is no run to anybody who looks for runs
    else:
        reason = found.left_out[directory]
        assert reason.startswith(name), reason
        assert "remove its directory" in reason or "is of another program or version" in reason
    assert [run.directory for run in found.runs] == [other]
    if write is sealed:
        with pytest.raises(InputError, match=r" (remove its directory to run this again|another program)"):
            finished(Summary, directory, TrialRecord)


def test_curves_are_checked_when_they_are_read(tmp_path):
    directory = sealed(tmp_path)
    whole = (directory / "curves.npz").read_bytes()
    (directory / "curves.npz").write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
    (run,) = load(tmp_path).runs
    with pytest.raises(InputError, match=r"curves\.npz is not what was written"):
        _ = run.curves
    with pytest.raises(InputError, match=r"curves\.npz is not what was written"):
        finished(Summary, directory, TrialRecord)
    (directory / "curves.npz").unlink()  # left out of a copy
    assert finished(Summary, directory, TrialRecord)


def test_what_is_written_is_read_and_other_programs_read_the_sums(tmp_path):
    directory = sealed(tmp_path)
    (run,) = load(tmp_path).runs
    assert finished(Summary, directory, TrialRecord) == run.summary and run.curves["error"].shape == (10, 3)
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--strict", intact.SUMS], cwd=directory, check=True)
    directory.rename(tmp_path / "my favourite")  # a name of the user's own says nothing
    assert len(load(tmp_path).runs) == 1


@pytest.mark.parametrize("last", [0, 1])
def test_killed_between_two_files_a_run_is_unfinished_and_no_damage(tmp_path, last):
    directory = sealed(tmp_path)
    summary = intact.read_json(directory / "summary.json")
    (directory / "summary.json").unlink()  # as a run that is begun again does
    write, written = files.write_text, []

    def killed(path, text):
        if len(written) == last:
            raise KeyboardInterrupt
        written.append(path)
        write(path, text)

    with mock.patch.object(files, "write_text", killed), pytest.raises(KeyboardInterrupt):
        intact.finish(directory, summary[:])
    (run,) = load(tmp_path).runs
    assert not run.finished and finished(Summary, directory, TrialRecord) == ()


def test_a_run_that_is_begun_again_while_it_is_read_is_unfinished(tmp_path):
    directory = older(tmp_path)
    read = intact.read_json

    def again(path):
        if path.name == "summary.json":
            path.unlink()
        return read(path)

    with mock.patch.object(intact, "read_json", again):
        (run,) = load(tmp_path).runs
    assert not run.finished and run.directory == directory


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("configuration.json", '"learning_rate": 0.5', '"learning_rate": 0.7'),
        ("trials.jsonl", '"presentations": ', '"presentations": 1'),
    ],
)
def test_a_recorded_row_that_was_edited_is_not_finished_before(tmp_path, name, old, new):
    source = next(PAPER.glob("6a-*"))
    directory = Path(shutil.copytree(source, tmp_path / source.name))
    seed = f"seed={json.loads((source / 'configuration.json').read_text())['seed']}"
    replaced(name, old, new)[1](directory)
    for program, *arguments in (["train", "experiment=6a"], ["reproduce", "rows=[6a]"]):
        done = call(program, *arguments, seed, f"folder={tmp_path}")
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith(f"{directory / name} ") and "remove its directory" in done.stderr
    assert json.loads((directory / "summary.json").read_text())  # nothing was begun


def test_every_recorded_run_is_intact():
    directories = [path.parent for path in PAPER.parent.rglob("configuration.json")]
    assert len(directories) > 100
    for directory in directories:
        intact.check(directory)
