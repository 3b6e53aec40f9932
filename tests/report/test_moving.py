"""The moving picture shows what was recorded: its keyframes and lines are read back and compared with the trace."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from lstm_jax.cells import MemoryBlocks
from lstm_jax.configuration import named
from lstm_jax.networks import Network
from lstm_jax.paper.closest import QUICK
from lstm_jax.report.moving import moving
from lstm_jax.report.told import told
from lstm_jax.results import files
from lstm_jax.tasks import TASKS, Adding, EmbeddedReber
from lstm_jax.trials.experiment import read_network
from tests.report.dashboards import RESULTS

SVG = "{http://www.w3.org/2000/svg}"


def recorded(row: str) -> tuple[Any, Any, dict[str, Any], dict[str, np.ndarray]]:
    path = RESULTS / "traces" / f"{row}.npz"
    about = json.loads(path.with_suffix(".json").read_text())
    task = named(TASKS, about["settings"]["task"], "task")
    return task, read_network(about["settings"]["network"], task), about, files.read_arrays(path)


def tracks(text: str) -> dict[str, np.ndarray]:
    """Parts of the time in %, and values, `[points, 2]`, by the names of what moves."""
    found = {}
    for name, frames in re.findall(r"@keyframes ([\w-]+)\{((?:[\d.]+%\{[^}]*\})+)\}", text):
        points = re.findall(r"([\d.]+)%\{[\w:-]+?\(?(-?[\d.]+)(?:px)?\)?\}", frames)
        assert len(points) == frames.count("%{")
        found[name] = np.array(points, float)
    return found


def at(track: np.ndarray, when: np.ndarray) -> np.ndarray:
    return np.interp(when, *track.T)


def kept_by(found: dict[str, np.ndarray]) -> int:
    """The cell that would show something else, had what matters been otherwise, when that is asked for."""
    end = -2 if "target_mask" in found else -1  # Experiment 1 asks for it before its last symbol
    return int(np.abs(found["cell_output"] - found["otherwise_cell_output"])[end].argmax())


@pytest.fixture(scope="module", params=QUICK)
def drawn(request) -> tuple[str, str, dict[str, np.ndarray]]:
    """The name of a row, its picture as it is recorded, and its trace."""
    text = (RESULTS / "figures" / f"moving-{request.param}.svg").read_text()
    return request.param, text, recorded(request.param)[-1]


def test_a_recorded_picture_is_that_of_its_trace(drawn):
    row, text, _ = drawn
    assert moving(*recorded(row)) == text


def test_what_moves_are_the_recorded_values(drawn):
    _, text, found = drawn
    moves = tracks(text)
    steps = len(found["inputs"])
    # The cursor stands at one step after the other: when it has come to a step, everything has the step's value.
    cursor = moves["cursor"]
    first = cursor[np.argmax(cursor[:, 1] > cursor[0, 1]), 1]
    places = np.linspace(first, cursor[-1, 1], steps)
    when = np.array([cursor[np.argmin(np.abs(cursor[:, 1] - place) > 0.01), 0] for place in places])
    assert np.all(np.diff(when) > 0)
    states = np.abs(found["state"])
    blocks = found["input_gate"].shape[1]
    size = states.shape[1] // blocks
    kept = kept_by(found)
    for unit in range(states.shape[1]):
        block = unit // size
        own = states[:, block * size : (block + 1) * size]
        own = [own, found["otherwise_state"][:, kept]] if kept // size == block else [own]
        reach = max(np.abs(values).max() for values in own)
        for name, scale in (
            ("cell_input", np.abs(found["cell_input"]).max()),
            ("state", max(reach, states.max() / 4)),
            ("cell_output", np.abs(found["cell_output"]).max()),
        ):
            shown = at(moves[f"{name}-{unit}"], when) * scale
            np.testing.assert_allclose(shown, found[name][:, unit], atol=0.002 * scale)
    for block in range(blocks):
        for name in ("input_gate", "output_gate"):
            np.testing.assert_allclose(at(moves[f"{name}-{block}"], when), found[name][:, block], atol=0.002)
    for k, values in enumerate(found["outputs"].T):
        np.testing.assert_allclose(at(moves[f"output-{k}"], when), values, atol=0.002)
    # Each step of the belt is as wide as any other.
    belt = at(moves["belt"], when)
    np.testing.assert_allclose(belt, np.linspace(0, belt[-1], steps), atol=0.1)
    assert belt[-1] < belt[0]


def test_lines_are_the_recorded_values(drawn):
    _, text, found = drawn
    lines = {
        line.get("id"): np.array([point.split(",") for point in line.get("points", "").split()], float)
        for line in ElementTree.fromstring(text).iter(f"{SVG}polyline")
        if line.get("id")
    }
    size = found["state"].shape[1] // found["input_gate"].shape[1]
    wanted = {f"gate-{b}": gate for b, gate in enumerate(found["input_gate"].T)}
    let_in = found["input_gate"].repeat(size, axis=1) * found["cell_input"]
    wanted |= {f"let-{c}": values for c, values in enumerate(let_in.T)}
    wanted |= {f"block{c // size}-{c % size}": values for c, values in enumerate(found["state"].T)}
    if "target_mask" not in found:  # the right one is in front
        order = sorted(range(len(found["targets"])), key=lambda k: k == found["targets"].argmax())
        wanted |= {f"out-{i}": found["outputs"][:, k] for i, k in enumerate(order)}
    wanted["otherwise"] = found["otherwise_state"][:, kept_by(found)]
    assert set(lines) == set(wanted)
    for name, values in wanted.items():
        x, y = lines[name].T
        np.testing.assert_allclose(np.diff(x), np.diff(x).mean(), atol=0.11)
        slope, zero = np.polyfit(values, y, 1)
        if np.ptp(y) > 1:
            assert slope < 0
            np.testing.assert_allclose(zero + slope * values, y, atol=0.12)


def test_a_picture_is_small_and_moves_without_a_script(drawn):
    _, text, _ = drawn
    assert len(text.encode()) < 150_000
    assert "<script" not in text and "href" not in text and "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_without_motion_the_last_step_is_shown(drawn):
    _, text, found = drawn
    assert "@media(prefers-reduced-motion:reduce){.m{animation:none!important}}" in text
    root = ElementTree.fromstring(text)
    moving = {shape.get("id"): shape for shape in root.iter() if shape.get("class") == "m"}
    assert set(moving) == set(tracks(text))
    for block, gate in enumerate(found["input_gate"][-1]):
        _, still = re.findall(r"[\d.]+", moving[f"input_gate-{block}"].get("transform", ""))
        assert abs(float(still) - gate) < 0.001
    words = [
        shape.text for name, shape in moving.items() if str(name).startswith("words") and shape.get("opacity") == "1"
    ]
    assert len(words) == 1 and f"Step {len(found['inputs'])} of" in str(words[0])


def made(steps: int, **more: np.ndarray) -> dict[str, np.ndarray]:
    """A trace of one block with one cell, into which 0.5 is let at step 1."""
    gate, cell_input = np.full((steps, 1), 0.125), np.zeros((steps, 1))
    gate[1], cell_input[1] = 0.5, 1.0
    state = np.cumsum(gate * cell_input, axis=0)
    relevant = np.arange(steps) == 1
    found = {"input_gate": gate, "cell_input": cell_input, "state": state, "cell_output": state, "relevant": relevant}
    return found | more


def test_words_say_what_happens():
    inputs = np.array([[0.5, -1], [0.25, 1], [-0.125, 0], [0.5, 0], [0.75, -1]])
    found = made(5, inputs=inputs, outputs=np.full((5, 1), 0.53), targets=np.array([0.5625]))
    slow = np.array([False, True, False, False, True])
    assert told(Adding(), MemoryBlocks(inputs=2, blocks=1, block_size=1, input_gate_bias="none"), found, slow) == [
        (0, 1, "Step 1, faster: each step lets at most 0.01 into block 1; its state goes from 0.00 to 0.00."),
        (
            1,
            2,
            "Step 2 of 5 shows 0.25, marked. The input gate of block 1 is 50 % open and lets 0.50 into its cell: "
            "0.00 becomes 0.50.",
        ),
        (2, 4, "Steps 3 to 4, faster: each step lets at most 0.01 into block 1; its state goes from 0.50 to 0.50."),
        (4, 5, "Step 5 of 5 shows 0.75. Now the answer counts: 0.53, and 0.56 is right."),
    ]


def test_words_say_what_is_expected_next():
    """B T B P; expected are T or P, then B, then T or P, then what has been kept."""
    outputs, targets = np.zeros((4, 7)), np.zeros((4, 7))
    outputs[0, 1:3], outputs[1, 0], outputs[2, 1], outputs[3, 6] = (0.45, 0.5), 0.9, 0.75, 1.0
    targets[[0, 1, 2, 3], [1, 0, 1, 6]] = 1
    found = made(4, inputs=np.array([0, 1, 0, 1]), outputs=outputs, targets=targets, target_mask=np.ones(4, bool))
    cell = MemoryBlocks(inputs=7, blocks=1, block_size=1, input_gate_bias="none")
    words = [text for _, _, text in told(EmbeddedReber(), cell, found, np.ones(4, bool))]
    assert words[0] == "Step 1 of 4 shows B. Expected next: P (0.50) or T (0.45). It is T."
    assert words[2] == "Step 3 of 4 shows B. Expected next: T (0.75). It is T, as in step 2."
    assert words[3] == "Step 4 of 4 shows T. Expected next: E (1.00). It is E."


def test_of_many_outputs_those_are_drawn_that_are_active_when_the_answer_is_due():
    outputs = np.zeros((3, 40))
    outputs[-1, ::5] = 0.5
    outputs[0, 1] = 1.0
    mask, targets = np.ones(3, bool), np.eye(40)[[3, 5, 10]]
    found = made(3, inputs=np.array([0, 1, 2]), outputs=outputs, targets=targets, target_mask=mask)
    cell = MemoryBlocks(inputs=3, blocks=1, block_size=1, input_gate_bias="none")
    text = moving(object(), Network(cell, outputs=40), {"row": "mine", "presentations": 10}, found)
    assert {name for name in tracks(text) if name.startswith("output-")} == {f"output-{k}" for k in range(0, 40, 5)}


def test_a_net_of_one_block_is_drawn_without_knowing_its_task():
    inputs = np.array([[0.5], [0.25], [-0.125]])
    found = made(3, inputs=inputs, outputs=np.full((3, 1), 0.5), targets=np.array([0.5]))
    cell = MemoryBlocks(inputs=1, blocks=1, block_size=1, output_gates=False, output_gate_bias="none")
    text = moving(object(), Network(cell, outputs=1), {"row": "<mine>", "presentations": 10}, found)
    assert "row &lt;mine&gt;" in text and "output gate" not in text
    assert {name for name in tracks(text) if "gate" in name} == {"input_gate-0"}
    assert ElementTree.fromstring(text).tag == f"{SVG}svg"
