"""The dashboard's program as a user starts it."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from experiments.dashboard import documents
from lstm_jax.paper.closest import departures
from lstm_jax.places import DOCS
from lstm_jax.report.progress import table
from lstm_jax.results import files, load
from tests.experiments.programs import call, command, run
from tests.report.dashboards import RESULTS, copied, unfinished, with_curves


def shown(path: Path) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.slow
def test_a_folder_alone_is_enough_and_the_path_is_printed(tmp_path):
    folder = tmp_path / "my runs"
    copied("6a", folder, trials=20, seed=3)
    done = run("dashboard", str(folder))
    assert done.returncode == 0, done.stderr
    assert str(folder / "dashboard.html") in done.stdout
    found = shown(folder / "dashboard.html")
    assert [own["command"] for own in found["runs"]] == ["lstm-jax train experiment=6a seed=3 again=true"]
    assert found["runs"][0]["changes"] == ["seed=3"] and found["seconds"] is None


@pytest.mark.slow
def test_the_page_of_a_real_run_has_its_curves(tmp_path):
    small = ("task.positions=[[1,3],[5,7]]", "task.min_length=10", "task.max_length=11", "criterion.size=200")
    done = call("train", *small, "curve_interval=500", "trials=2", "budget=2000", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert call("dashboard", f"folder={tmp_path}", f"output={tmp_path / 'deep' / 'page.html'}").returncode == 0
    (own,) = shown(tmp_path / "deep" / "page.html")["runs"]
    curves = load(tmp_path).runs[0].curves
    at, values = own["course"]["trials"][0]
    assert values == [float(f"{value:.3g}") for value in curves["error"][at, 0]]


@pytest.mark.slow
def test_watching_starts_before_the_runs_and_ends_with_a_still_page(tmp_path):
    folder = tmp_path / "runs"
    page = folder / "dashboard.html"
    watching = subprocess.Popen(
        [*command("dashboard"), str(folder), "--watch", "seconds=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        directory = copied("6a", tmp_path / "elsewhere")
        with_curves(directory)
        unfinished(directory)
        while not folder.exists():
            assert watching.poll() is None, watching.communicate()
            time.sleep(0.1)
        directory.rename(folder / directory.name)
        for _ in range(100):
            if page.exists():
                break
            time.sleep(0.1)
        found = shown(page)
        assert found["seconds"] == 1 and not found["runs"][0]["finished"]
    finally:
        watching.send_signal(signal.SIGINT)
        output, errors = watching.communicate(timeout=20)
    assert watching.returncode == 0, errors
    assert "Written to" in output
    assert shown(page)["seconds"] is None


def test_the_terminal_says_how_every_run_stands(tmp_path):
    going = copied("6a", tmp_path)
    with_curves(going, points=100)
    unfinished(going, points=10)
    copied("4-2", tmp_path)
    begun = copied("6b", tmp_path)
    (begun / "summary.json").unlink()
    output = io.StringIO()
    Console(file=output, width=80).print(table(load(tmp_path).runs))
    text = output.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"6a +\d+/20 +31\.4k of 314k +[\d,]+ +3\.0 min", text)
    assert "no checkpoint yet" in text and "finished: slower" in text


@pytest.mark.parametrize("apart", [1e8, -1e8])
def test_a_clock_that_is_put_back_or_on_makes_no_time_negative(tmp_path, apart):
    going = copied("6a", tmp_path)
    with_curves(going)
    unfinished(going)
    os.utime(going / "checkpoint.npz", (time.time() + apart, time.time() + apart))
    output = io.StringIO()
    Console(file=output, width=120).print(table(load(tmp_path).runs))
    ago = re.search(r"written (\S+ \w+) ago", output.getvalue())
    assert ago and (ago[1] == "0 s" if apart > 0 else float(ago[1].removesuffix(" min")) > 1e6)
    assert call("dashboard", str(tmp_path)).returncode == 0
    assert not shown(tmp_path / "dashboard.html")["left_out"]


def test_what_is_not_on_the_page_is_told_with_the_reason(tmp_path):
    copied("6a", tmp_path)
    for name in ("one", "two"):
        (copied("4-1", tmp_path, name) / "trials.jsonl").write_text("{")
    timeless = copied("6b", tmp_path, "timeless")
    with_curves(timeless)
    unfinished(timeless)
    arrays = files.read_arrays(timeless / "checkpoint.npz")
    files.write_arrays(timeless / "checkpoint.npz", arrays | {"seconds": np.asarray(0.0)})
    done = call("dashboard", str(tmp_path))
    assert done.stdout.splitlines() == [
        "Left out, trials.jsonl is half-written or damaged; remove its directory to run this again: one, two.",
        "Left out, its record is of another program or version (ValueError): timeless.",
        f"Written to {tmp_path / 'dashboard.html'}.",
    ]
    assert len(shown(tmp_path / "dashboard.html")["left_out"]) == 3


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["{empty}"], ["folder", "no run"]),
        (["nowhere"], ["nowhere", "no such directory"]),
        (["{empty}", "seconds=0"], ["seconds", "0", "1"]),
        (["{empty}", "inside=[gone]"], ["inside", "gone"]),
        (["{run}", "output=/dev/null/page.html"], ["output", "/dev/null"]),
    ],
)
def test_bad_input_gets_one_sentence(tmp_path, arguments, parts):
    (tmp_path / "empty").mkdir()
    own = copied("6a", tmp_path / "run")
    done = call("dashboard", *(text.format(empty=tmp_path / "empty", run=own) for text in arguments), cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr


@pytest.mark.slow
def test_a_page_does_not_wait_for_pictures(tmp_path):
    own = copied("6a", tmp_path)
    code = f"import sys; sys.argv = ['x', 'folder={own}']; from experiments.dashboard import main\n"
    code += "main(); assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.slow
def test_runs_in_the_closest_reading_are_told_so_from_their_configurations_alone(tmp_path):
    """As the program finds them, by composing every row's own file."""
    for row in ("1-1", "2b", "5"):
        (source,) = (RESULTS / "closest").glob(f"{row}-*")
        shutil.copytree(source, tmp_path / source.name, ignore=shutil.ignore_patterns("*.npz"))
    assert call("dashboard", str(tmp_path)).returncode == 0
    found = shown(tmp_path / "dashboard.html")["runs"]
    assert [own["row"] for own in found] == ["1-1", "2b", "5"]
    for own in found:
        assert own["departs"]["closest"] and "; ".join(own["departs"]["words"]) == departures(own["row"])


def test_documents_are_linked_from_pages_in_the_same_checkout_alone(tmp_path):
    root = Path(DOCS or "").parent
    assert documents(root / "dashboard.html") == "docs"
    assert documents(root / "runs" / "a b" / "dashboard.html") == "../../docs"
    assert documents(tmp_path / "dashboard.html") is None
