"""The program that draws recorded results, as a user starts it."""

import json
import shutil

import pytest

from tests.experiments.programs import call
from tests.report.dashboards import RESULTS, copied, with_curves


@pytest.mark.slow
def test_figures_are_drawn_of_what_there_is(tmp_path):
    with_curves(copied("6a", tmp_path / "runs"))
    with_curves(copied("4-2", tmp_path / "runs"))
    # A longer run of 4-2 without curves stands for the row, but for its curves.
    longer = copied("4-2", tmp_path / "runs", "longer")
    summary = [stage | {"budget": 3_000_000} for stage in json.loads((longer / "summary.json").read_text())]
    (longer / "summary.json").write_text(json.dumps(summary))
    (copied("3a-2", tmp_path / "runs") / "trials.jsonl").write_text("{")
    done = call("figures", f"results={tmp_path / 'runs'}", f"folder={tmp_path / 'out'}", "formats=[svg]")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "curves-4-2.svg",
        "curves-6a.svg",
        "curves.svg",
        "experiment-4.svg",
        "experiment-6.svg",
        "quick.svg",
        "tables.svg",
    ]
    assert "longer is drawn" in done.stdout
    assert done.stdout.count("Left out, ") == 1 and ": 3a-2" in done.stdout
    assert "nothing for error_flow" in done.stdout and "nothing for traces" in done.stdout
    assert "nothing for speed" in done.stdout


@pytest.mark.slow
def test_recorded_traces_error_flow_speed_and_boards_are_drawn(tmp_path):
    wanted = "figures=[error_flow,traces,moving,speed,arena]"
    recorded, drawn = tmp_path / "recorded", tmp_path / "drawn"
    for part in ("error_flow/error_flow.json", "traces/6a.json", "traces/6a.npz", "benchmark", "arena/quick.json"):
        copy = shutil.copytree if (RESULTS / part).is_dir() else shutil.copy
        (recorded / part).parent.mkdir(parents=True, exist_ok=True)
        copy(RESULTS / part, recorded / part)
    done = call("figures", wanted, f"results={recorded}", f"folder={drawn}", "formats=[pdf]")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in drawn.iterdir())
    speed = ["speed-adding.pdf", "speed-layers.pdf", "speed-symbols.pdf"]
    boards = [f"arena-quick-{kind}.pdf" for kind in ("courses", "profiles", "shares")]
    moving = "moving-6a.svg"  # what moves is SVG whatever is asked for
    assert names == [*boards, "error_flow.pdf", moving, *speed, "trace-6a.pdf"]
    assert all((drawn / name).read_bytes().startswith(b"%PDF") for name in names if name != moving)
    assert "moving-6a (svg)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["results=nowhere"], ["results", "nowhere"]),
        (["formats=[gif]"], ["formats", "gif", "svg"]),
        (["results=.", "figures=[claims,speed]"], ["results is '.'", "nothing in it could be drawn"]),
    ],
)
def test_bad_settings_of_figures_get_one_sentence(arguments, parts, tmp_path):
    done = call("figures", *arguments, cwd=tmp_path)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in done.stderr
