"""The programs that look into nets, as a user meets them: error_flow, trace, abuse and order on small settings."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.places import CONFIGS
from tests.experiments.programs import call, run
from tests.experiments.test_train import SMALL

PARTS = (  # nets of one block compile sooner
    *SMALL[:4],
    "network.cell.blocks=1",
    "network.cell.input_gate_bias=[-2]",
)

RESULTS = Path(CONFIGS).parent / "results"


@pytest.mark.slow
def test_error_flow_writes_numbers_and_picture(tmp_path):
    overrides = ",".join(f'"{part}"' for part in PARTS)
    done = call(
        "error_flow",
        f"overrides=[{overrides}]",
        "nets=[{name: linear, units: 3, squashing: identity, weights: 1.0}]",
        *("lags=9", "trials=2", "sequences=2", "presentations=300", f"folder={tmp_path}"),
    )
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "error_flow.json").read_text())
    curves = {(curve["group"], curve["label"]): curve for curve in content["curves"]}
    assert len(curves) == 2 + 3 * 6
    groups = list(dict.fromkeys(group for group, _ in curves))
    assert all("10 steps" in group for group in groups[1:])
    for (_, label), curve in curves.items():
        assert curve["q"] == list(range(1, 10))
        if label in ("naive carrousel", "truncated: state to state"):
            assert set(curve["median"]) == set(curve["low"]) == {0.0}
        if label == "linear":
            assert all(high <= bound for high, bound in zip(curve["high"], curve["bounds"]["n tau^q"], strict=True))
    assert (tmp_path / "error_flow.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_trace_shows_the_net_that_was_trained(tmp_path):
    done = call("trace", *SMALL, "trace.sequence=2", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "6a.png" in done.stdout
    about = json.loads((tmp_path / "6a.json").read_text())
    assert about["solved_at"] and f"{about['solved_at']:,}" in done.stdout
    arrays = np.load(tmp_path / "6a.npz")
    assert arrays["state"].shape == (about["steps"], 4)
    assert arrays["relevant"].nonzero()[0].tolist() == about["relevant"]
    assert about["correct"] == bool(np.abs(arrays["outputs"][-1] - arrays["targets"]).max() < 0.3)
    # With X and Y exchanged it is the same until the first of them, and no longer.
    same = np.all(arrays["otherwise_state"] == arrays["state"], axis=1)
    assert int(np.argmin(same)) == about["relevant"][0] and not same[about["relevant"][0] :].any()
    assert (tmp_path / "6a.png").read_bytes().startswith(b"\x89PNG")
    assert "@keyframes state-3{" in (tmp_path / "6a.svg").read_text() and "6a.svg" in done.stdout


@pytest.mark.slow
def test_abuse_writes_a_record_for_every_variant_and_moment(tmp_path):
    done = run("abuse", "studies=[2a]", "trials=2", "sequences=4", "moments=[0,5]", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    records = json.loads((tmp_path / "abuse.json").read_text())["records"]
    assert [(record["variant"], record["presentations"]) for record in records] == [
        ("the cell joins later", 0),
        ("the cell joins later", 5),
        ("the cell from the start", 0),
        ("the cell from the start", 5),
    ]
    # Until it joins nothing is sent by the cell.
    assert records[1]["sent_constant"] == [None, None]
    assert all(0 <= share <= 1 for share in records[3]["sent_constant"])
    for name in ("abuse.png", "cells.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_order_tells_of_every_net_of_a_run(tmp_path):
    done = call("train", *SMALL, f"folder={tmp_path / 'runs'}")
    assert done.returncode == 0, done.stderr
    done = call("order", f"run={tmp_path / 'runs'}", "strings=4", f"folder={tmp_path / 'order'}")
    assert done.returncode == 0, done.stderr
    [directory] = [path for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    assert f"{directory.name}.json, {directory.name}.png" in done.stdout
    record = json.loads((tmp_path / "order" / f"{directory.name}.json").read_text())["record"]
    assert record["solved"] == [True] * 3 and min(record["right"]) > 0.9
    shares = np.array(record["decides"])
    assert record["leading"] == shares.argmax(axis=0).tolist()
    assert record["one_block"] == (shares.max(axis=0) >= 0.95).tolist()
    assert (tmp_path / "order" / f"{directory.name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "arguments", "parts"),
    [
        ("error_flow", ["row=2a"], ["row", "2a", "4-1"]),
        ("error_flow", ["nets=[{name: a, units: 0, squashing: identity, weights: 1.0}]"], ["nets.0.units", "0", "1"]),
        ("error_flow", ['overrides=["optimizer.learning_rate=-1"]'], ["optimizer.learning_rate", "-1", "0"]),
        ("error_flow", ["nets=[]"], ["nets", "[]", "one net"]),
        ("error_flow", ["overrides=[5]"], ["overrides", "[5]", "settings"]),
        ("trace", ["-m", "seed=0,1"], ["cannot be swept"]),
        ("trace", ["trace.trial=20"], ["trace.trial", "20"]),
        ("trace", ["trace.sequence=-1"], ["trace.sequence", "-1", "0"]),
        ("abuse", ["studies=[9]"], ["studies", "9", "6a"]),
        ("abuse", ["moments=[5,1]"], ["moments", "[5, 1]"]),
        ("abuse", ["folder=/dev/null/abuse"], ["folder", "/dev/null/abuse"]),
        ("order", ["run=nowhere"], ["run", "nowhere", "experiment=6a"]),
        ("order", [f"run={RESULTS / 'closest'}"], ["run", "finished run", "30"]),
        ("order", [f"run={RESULTS / 'closest' / '4-1-4bdfb382'}"], ["run", "4-1", "6a"]),
        ("order", [f"run={RESULTS / 'closest' / '6a-2bb25fa5'}"], ["weights.safetensors", "missing"]),
    ],
)
def test_bad_input_gets_one_sentence(program, arguments, parts, tmp_path):
    done = call(program, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in done.stderr


@pytest.mark.slow
def test_help_does_not_wait_for_pictures():
    code = "import sys; sys.argv = ['x', '--help']; from experiments import abuse, error_flow, order, trace\n"
    for program in ("abuse", "error_flow", "order", "trace"):
        code += f"try: {program}.main()\nexcept SystemExit: pass\n"
    code += "assert 'matplotlib' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.count("Settings can be overridden") == 4
