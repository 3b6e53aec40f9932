"""What every program shares: settings that it does not read are refused, wherever they come from."""

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
