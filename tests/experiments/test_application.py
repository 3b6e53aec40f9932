"""What every program shares: settings that it does not read are refused, wherever they come from."""

import errno
import os
import signal
from pathlib import Path

import pytest

from lstm_jax.__main__ import NAMES
from tests.experiments.programs import call

GIVEN = {"search": ["rows=[2b]"], "readings": ["row=6a"], "workspace": ["entity=me"]}
"""What has no default."""


def sentence(*arguments: str, cwd: Path) -> str:
    """The one line on stderr with which a program ends, before anything is written."""
    before = sorted(cwd.rglob("*"))
    done = call(*arguments, cwd=cwd)
    (line,) = [line for line in done.stderr.splitlines() if line]
    assert done.returncode == 2 and not done.stdout and sorted(cwd.rglob("*")) == before
    return line


@pytest.mark.parametrize("program", NAMES)
def test_every_program_refuses_what_it_does_not_read(program, tmp_path):
    told = sentence(program, *GIVEN.get(program, []), "+nonsense=3", cwd=tmp_path)
    assert told.startswith(f"nonsense is not a setting here: {program} has ")


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["reproduce", "rows=[6a]", "+optimizer.learning_rate=0.1"], "optimizer is not a setting here: reproduce has"),
        (["reproduce", "+optimizer=adam"], "optimizer is not a setting here: reproduce has"),
        (["reproduce", "optimizer=adam"], "optimizer is not a setting here: --help"),
        (["reproduce", "++row=[6a]"], "row is not a setting here (did you mean rows?): "),
        (["reproduce", "~rows"], "rows is missing"),
        (["compare", "+gradient=truncated"], "gradient is not a setting here: compare has"),
        (["train", "~trials"], "trials is missing"),
        (["train", "trails=3"], "trails is not a setting here (did you mean trials?): "),
        (["train", "block=3"], "block is not a setting here (did you mean network.cell.blocks?): "),
        (["train", "learning_rate=3"], "learning_rate is not a setting here (did you mean optimizer.learning_rate?): "),
        (["train", "network.cell.block=3"], "network.cell.block is not a setting here (did you mean network.cell.bl"),
        (["train", "network.cell.zz=3"], "network.cell.zz is not a setting here: "),
        (["train", "+task.max_lengt=3"], "task.max_lengt is not a setting (did you mean task.max_length?): Temporal"),
        (["train", "network=GRU"], "network is 'GRU' (did you mean gru?): allowed are "),
        (["trace", "+trace.sequenz=3"], "trace.sequenz is not a setting (did you mean trace.sequence?): "),
    ],
)
def test_a_name_that_is_none_is_told_with_the_nearest(arguments, start, tmp_path):
    assert sentence(*arguments, cwd=tmp_path).startswith(start)


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        *(
            (["train", given], f"{given!r} cannot be read: a bracket or a quote in it is not closed")
            for given in ("seed=[", "task={name:adding", "row='x", "row=!", "row=(x", "seed=range(0,", "row=a=b")
        ),
        (["train", "=3"], "'=3' is not a setting: it should be name=value"),
        (["train", "~"], "'~' is not a setting: it should be name=value"),
        (["train", "-m", "hydra.sweeper.params=3", "seed=1,2"], "'hydra.sweeper.params=3' cannot be set: "),
        (["train", "-m", "hydra.sweeper.max_batch_size=x", "seed=1,2"], "'hydra.sweeper.max_batch_size=x' cannot be s"),
        (["train", "-m", "+hydra.sweeper.params.trials=0", "seed=1"], "trials=0 seed=1: trials is 0: it should"),
        (["figures", "formats=[gif]"], "formats is ['gif']: it should be 'svg', 'pdf' or 'png'."),
        (["figures", "formats=[]"], "formats is []: it should have at least 1 item."),
        (["cost", "units=[]"], "units is []: it should have at least 1 item."),
        (["results", "csv=."], "csv is '.': it should be a file, and this is a directory."),
        (["results", "csv="], "csv is '': it should be a file"),
        (["results", "parquet=dir"], "parquet is 'dir': it should be a file"),
        (["dashboard", "output=dir"], "output is 'dir': it should be a file"),
        (["report", "documents=[dir]"], "documents is 'dir': it should be a file"),
    ],
)
def test_what_cannot_be_used_is_told_before_the_work(arguments, start, tmp_path):
    (tmp_path / "dir").mkdir()
    (tmp_path / "results").mkdir()
    done = call(*arguments, cwd=tmp_path)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and line.startswith(start) and line.endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# @package _global_\nrow: [1\n", "{path} is damaged: expected ',' or ']'"),
        (
            "# @package _global_\nrow:\n\t- a\n",
            "{path} is damaged: found character '\\t' that cannot start any token in",
        ),
        ('# @package _global_\ndefaults: [6a]\nrow: "${nowhere"\n', "{path}: row has an interpolation that cannot be"),
        ('# @package _global_\ndefaults: [6a]\nrow: "${nowhere}"\n', "{path}: row has an interpolation that cannot be"),
        (
            "# @package _global_\n\nrow: caf\xe9\n",
            "{path} is not written in UTF-8: see its line 3.",
        ),
        ("# @package _global_\ndefaults: 6a\n", "Invalid defaults list in 'experiment/own'"),
    ],
)
def test_a_broken_file_is_told_by_name_and_line(text, said, tmp_path):
    path = tmp_path / "mine" / "experiment" / "own.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    (path.parent / "folder.yaml").mkdir()
    told = sentence("train", "--config-dir", "mine", "experiment=own", cwd=tmp_path)
    assert told.startswith(said.format(path=path))


def test_a_broken_reading_is_not_taken_for_one_that_does_not_fit(tmp_path):
    (tmp_path / "mine" / "reading").mkdir(parents=True)
    (tmp_path / "mine" / "reading" / "own.yaml").write_text("network: [1\n")
    for program, *arguments in (["search", "rows=[6a]", "factors=[[own]]"], ["readings", "row=6a"]):
        assert "own.yaml is damaged" in sentence(program, *arguments, "--config-dir", "mine", cwd=tmp_path)


@pytest.mark.parametrize(
    ("variable", "value", "start"),
    [
        ("JAX_NUMPY_RANK_PROMOTION", "raise", "JAX_NUMPY_RANK_PROMOTION is 'raise': it should be 'allow'"),
        ("JAX_PLATFORMS", "tpu", "JAX_PLATFORMS is 'tpu': Unable to initialize backend 'tpu': none."),
    ],
)
def test_what_jax_is_told_and_cannot_do_is_one_sentence(variable, value, start, tmp_path, monkeypatch):
    def missing(*_):
        raise RuntimeError("Unable to initialize backend 'tpu': none\nmore")

    monkeypatch.setattr("jax.devices", missing)
    for mode in ([], ["-m"]):
        monkeypatch.setenv(variable, value)
        done = call("train", "experiment=6a", "trials=1", f"folder={tmp_path}", *mode)
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1].startswith(start)


def test_a_full_disk_is_one_sentence_and_a_closed_pipe_none(tmp_path, monkeypatch):
    (tmp_path / "results").mkdir()
    for number, told in ((errno.ENOSPC, "x/y.csv: no space left on device.\n"), (errno.EPIPE, "")):

        def full(*_, number=number):
            raise OSError(number, os.strerror(number), "x/y.csv")

        monkeypatch.setattr("lstm_jax.results.files.directory", full)
        done = call("results", "csv=x/y.csv", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_a_program_is_told_what_is_kept(number, tmp_path, monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("lstm_jax.results.files.directory", lambda *_: os.kill(os.getpid(), number))
    done = call("results", "csv=table.csv", cwd=tmp_path)
    told = "\nInterrupted; the same command continues where it stopped.\n"
    assert (done.returncode, done.stderr) == (130, told)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(
    ("file", "text", "arguments", "said"),
    [
        (
            "experiment/own.yaml",
            "# @package _global_\ndefaults: [6a]\nrow: own\nbudgt: 3\n",
            ["train", "experiment=own"],
            "budgt is not a setting (did you mean budget?)",
        ),
        (
            "task/own.yaml",
            "defaults: [adding]\nlength: 5\n",
            ["train", "task=own", "row=own", "budget=5000"],
            "task.length is 5: it should be",
        ),
        (
            "task/own.yaml",
            "defaults: [adding]\nlength: 5\n",
            ["train", "-m", "task=own", "row=own", "budget=5000", "seed=1,2"],
            "seed=1: task.length is 5: it should be",
        ),
        (
            "reading/own.yaml",
            "# @package _global_\nnetwork: {output_bia: none}\n",
            ["reproduce", "rows=[6a]", "reading=own"],
            "network.output_bia is not a setting (did you mean network.output_bias?)",
        ),
        (
            "own.yaml",
            "defaults: [reproduce, _self_]\nrow: [6a]\n",
            ["reproduce", "--config-name", "own"],
            "row is not a setting here (did you mean rows?)",
        ),
    ],
)
def test_a_setting_of_a_file_is_told_with_the_file(file, text, arguments, said, tmp_path):
    path = tmp_path / "mine" / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    done = call(*arguments, "--config-dir", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith(f"{path}: {said}")
