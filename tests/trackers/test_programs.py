"""The programs that run rows tell trackers of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_jax.results import load
from lstm_jax.trackers import measures
from tests.experiments.programs import call, command
from tests.experiments.test_train import SMALL
from tests.trackers.offline import environment

ROOT = Path(__file__).parents[2]


def start(tmp_path, program, *arguments):
    return subprocess.run(
        command(program, *arguments),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(tmp_path),
    )


@pytest.mark.slow
def test_a_tracker_of_ones_own_is_told_of_every_point_as_it_comes(tmp_path):
    own = ("tracker=tests.trackers.own_tracker.Notes", f"tracker.Notes.file={tmp_path / 'notes'}")
    done = start(tmp_path, "train", *SMALL, *own, f"folder={tmp_path / 'runs'}")
    assert done.returncode == 0, done.stderr
    (run,) = load(tmp_path / "runs").runs
    begin, *points, end, close = [json.loads(line) for line in (tmp_path / "notes").read_text().splitlines()]
    assert begin == ["begin", run.name, run.configuration]
    assert points == [["point", run.name, measures.at_point(point)] for point in measures.recorded_points(run)]
    assert end == ["end", run.name, str(run.directory)]
    assert close == ["close"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "arguments"),
    [("train", []), ("reproduce", ["rows=[6a]"]), ("compare", ["cells=[gru]", "rows=[6a]"]), ("readings", ["row=6a"])],
)
def test_a_bad_setting_is_one_sentence_in_each(tmp_path, program, arguments):
    done = call(program, *arguments, "tracker=wandb", "tracker.wandb.mode=maybe", f"folder={tmp_path / 'runs'}")
    assert done.returncode == 2
    assert done.stderr == "tracker.wandb.mode is 'maybe': it should be 'online' or 'offline'.\n"


@pytest.mark.slow
@pytest.mark.parametrize("program", ["train", "reproduce", "compare", "readings", "results", "workspace"])
def test_a_configuration_does_not_wait_for_libraries(program):
    """The parts that `train` chooses have the fields of classes, which need JAX."""
    unneeded = {"wandb", "matplotlib"} if program == "train" else {"jax", "wandb", "matplotlib"}
    tracker = "" if program in ("results", "workspace") else ", 'tracker=wandb'"
    code = f"import sys; sys.argv = ['x', '--cfg', 'job'{tracker}]; from experiments.{program} import main\n"
    code += f"try: main()\nfinally: assert not {unneeded} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["train", "results"])
def test_help_does_not_wait_for_libraries(program):
    """It lists the parts that there are, by importing them."""
    code = f"import sys; sys.argv = ['x', '--help']; from experiments.{program} import main\n"
    code += "try: main()\nfinally: assert not {'wandb', 'matplotlib'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
