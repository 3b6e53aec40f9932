"""The view of tracked runs: built and described without a network, refused without a login."""

import json
import subprocess
import sys

import pytest

from lstm_jax.results import load
from lstm_jax.trackers import measures
from tests.experiments.programs import command
from tests.results.made_runs import make_run
from tests.trackers.offline import environment


def start(tmp_path, *arguments, **given):
    program = command("workspace", *arguments)
    return subprocess.run(
        program, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment(tmp_path, **given)
    )


@pytest.mark.slow
def test_every_figure_in_it_is_one_that_is_tracked(tmp_path):
    make_run(tmp_path / "runs", "a", [250, None, 90], row="6a")
    (run,) = load(tmp_path / "runs").runs
    tracked = {name for point in measures.recorded_points(run) for name in measures.at_point(point)}
    done = start(tmp_path, "entity=me", "file=view.json")
    assert done.returncode == 0, done.stderr
    view = json.loads((tmp_path / "view.json").read_text())
    assert (view["entity"], view["project"], view["name"]) == ("me", "lstm-jax", "rows beside the paper")
    panels = [panel for section in view["sections"] for panel in section["panels"]]
    lines = [panel for panel in panels if panel.get("x") == "presentations"]
    assert len(lines) == 3
    assert {"error/mean", "error/q10", "error/q90", "solved"} < {name for panel in lines for name in panel["y"]}
    assert {name for panel in lines for name in panel["y"]} <= tracked
    summary = measures.of_run(run).keys()
    scattered = [panel for panel in panels if "y" in panel and panel not in lines]
    assert {panel["y"]["name"] for panel in scattered} == {"solved_rate", "objective"} <= summary
    assert {panel["x"]["name"] for panel in scattered} == {"optimizer.learning_rate"}
    (bars,) = [panel for panel in panels if "metrics" in panel]
    assert set(bars["metrics"]) <= summary
    assert "curves_table" in json.dumps(panels)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "given", "part"),
    [
        ([], {}, "entity"),
        (["entity=me"], {}, "Nobody is logged in"),
        (["entity=me"], {"WANDB_API_KEY": "0" * 40, "WANDB_BASE_URL": "http://127.0.0.1:9"}, "127.0.0.1:9"),
        (["entity=me", "file=/dev/null/view.json"], {}, "/dev/null"),
    ],
)
def test_what_keeps_it_from_being_saved_is_one_sentence(tmp_path, arguments, given, part):
    done = start(tmp_path, *arguments, **given)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert part in done.stderr


def test_without_its_library_there_is_one_sentence():
    code = "import sys; sys.modules['wandb_workspaces'] = None; from experiments.workspace import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "entity=me"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "lstm-jax[workspace]" in done.stderr and len(done.stderr.splitlines()) == 1
