"""What the page's script gets: figures as recorded, every extreme, nothing leaves its place, colours are seen."""

import base64
import hashlib
import json
import re
from importlib.resources import files as parts
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.report.dashboard import content, nets, page
from lstm_jax.report.dashboard.courses import LEAST, MOST, POINTS, Room, course, room
from lstm_jax.report.dashboard.page import data
from lstm_jax.results import files, intact, load
from tests.report.dashboards import HOSTILE, RESULTS, again, contrast, copied, unfinished, with_curves, written

SUMMARY = json.loads(next((RESULTS / "paper").glob("6a-*/summary.json")).read_text())[0]


def shown(folder: Path):
    return content(load(folder), "folder", again)


def test_a_row_has_the_recorded_figures(tmp_path):
    directory = copied("5", tmp_path)
    (summary, last) = json.loads((directory / "summary.json").read_text())
    (run,) = shown(tmp_path)["runs"]
    assert [list(stage["presentations"]) for stage in run["stages"]] == [
        summary["presentations"],
        last["presentations"],
    ]
    assert run["stages"][0]["paper"] == 482_000 and run["stages"][1]["verdict"] == last["verdict"]
    assert run["command"] == "train experiment=5 again=true" and run["fields"]["task.name"] == "multiplication"
    assert run["course"] is None and "curves.npz is not there" in run["no_course"]


def test_thinned_curves_keep_every_trials_extremes_and_ends(tmp_path):
    directory = copied("6a", tmp_path)
    curves = with_curves(directory, points=1000)
    found = course(load(directory).runs[0].curves, Room(20, 20))
    assert found["points"] == 1000 and found["step"] == curves["presentations"][0]
    for (at, values), curve in zip(found["trials"], curves["error"].T, strict=True):
        own = curve[~np.isnan(curve)]
        assert min(values) == pytest.approx(own.min(), rel=5e-3) and max(values) == pytest.approx(own.max(), rel=5e-3)
        assert at[-1] == len(own) - 1 and len(at) <= 42
        np.testing.assert_allclose(values, curve[at], rtol=5e-3)


def test_unevenly_spaced_curves_are_refused():
    curve = np.zeros((3, 2))
    with pytest.raises(ValueError, match="evenly"):
        course({"presentations": np.array([1, 2, 4]), "error": curve, "wrong_rate": curve}, Room(9, 9))


def test_room_is_shared_among_trials():
    assert room(1, 1000).trial == MOST
    assert 2 * room(2000, 20_000).trial * 20_000 <= POINTS
    assert room(1, POINTS) == Room(0, MOST)
    assert room(10**6, 10**7).typical == LEAST


def test_an_unfinished_run_shows_what_has_been_solved_so_far(tmp_path):
    directory = copied("6a", tmp_path)
    with_curves(directory, points=100)
    (whole,) = load(tmp_path).runs
    assert whole.curves["error"].shape == (100, 20)
    unfinished(directory, points=10)
    (run,) = shown(tmp_path)["runs"]
    reached = 10 * (313_900 // 100)
    solved = [at for at in whole.summary[0].presentations if at is not None and at <= reached]
    (stage,) = run["stages"]
    assert 0 < len(solved) < 20
    times = [at if at is not None and at <= reached else None for at in whole.summary[0].presentations]
    assert stage["solved"] == len(solved) and stage["presentations"] == times and stage["budget"] == reached
    assert stage["verdict"] == "unfinished" and stage["mean"] is None
    # By hand: every trial was shown its sequences until it ended, in steps of the curves.
    made = np.isfinite(whole.curves["error"][:10]).sum() * (313_900 // 100)
    assert run["progress"]["rate"] == pytest.approx(made / 20)
    assert run["progress"]["left"] == f"{(313_900 - reached) * 20 / reached / 60:.1f} min"


def test_a_run_that_has_no_checkpoint_yet_is_shown(tmp_path):
    directory = copied("6a", tmp_path)
    (directory / "summary.json").unlink()
    (run,) = shown(tmp_path)["runs"]
    assert run["progress"] is None and run["stages"][0]["solved"] == 0


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("summary.json", '[{"trials": 20}]'),
        ("summary.json", json.dumps([{**SUMMARY, "presentations": ["soon"] * 20}])),
        ("summary.json", json.dumps([{**SUMMARY, "presentations": [1] * 19}])),
        ("provenance.json", "[]"),
        ("provenance.json", '{"command": "x"}'),
        ("trials.jsonl", '{"row": "6a"}\n' * 20),
        ("configuration.json", '{"row": "6a", "seed": 0, "trials": "many", "budget": 1}'),
    ],
)
def test_foreign_records_are_left_out_by_name(tmp_path, file, text):
    broken = copied("6a", tmp_path, "broken")
    copied("6b", tmp_path, "whole")
    (broken / file).write_text(text)
    found = shown(tmp_path)
    assert [run["name"] for run in found["runs"]] == ["whole"]
    assert list(found["left_out"]) == [str(broken)]


def test_a_damaged_curve_does_not_hide_the_row(tmp_path):
    directory = copied("6a", tmp_path)
    (directory / "curves.npz").write_bytes(b"PK\x03\x04half")
    (run,) = shown(tmp_path)["runs"]
    assert run["course"] is None and "damaged" in run["no_course"]


def test_curves_of_another_run_are_not_drawn(tmp_path):
    directory = copied("6a", tmp_path)
    curves = with_curves(directory)
    intact.finish(directory, json.loads((directory / "summary.json").read_text()))
    (run,) = shown(tmp_path)["runs"]
    assert run["course"] is not None
    files.write_arrays(directory / "curves.npz", curves | {"error": 2 * curves["error"]})
    (run,) = shown(tmp_path)["runs"]
    assert run["course"] is None and "curves.npz is not what was written there" in run["no_course"]


def test_a_damaged_checkpoint_is_left_out(tmp_path):
    directory = copied("6a", tmp_path)
    (directory / "summary.json").unlink()
    (directory / "checkpoint.npz").write_bytes(b"PK\x03\x04half")
    assert list(shown(tmp_path)["left_out"]) == [str(directory)]


def test_recorded_traces_and_flows_are_found(tmp_path):
    found = nets([RESULTS / "traces", RESULTS / "error_flow"])
    assert found["left_out"] == {}
    assert [trace["name"].partition(",")[0] for trace in found["traces"]] == ["1-2", "2c-1", "3a-2", "4-1", "5", "6a"]
    trace = found["traces"][5]
    titles = [panel["title"] for panel in trace["panels"]]
    assert titles[0] == "input symbols" and titles[1:3] == ["input gate", "output gate"]
    with np.load(RESULTS / "traces" / "6a.npz") as arrays:
        for panel, name in zip(trace["panels"][1:], ("input_gate", "output_gate", "cell_input", "state"), strict=False):
            np.testing.assert_allclose([line["values"] for line in panel["series"]], arrays[name].T, rtol=1e-3)
        # The symbols of Experiment 6: X and Y where they are relevant, distractors elsewhere.
        symbols = trace["panels"][0]["symbols"]
        assert trace["relevant"] == np.flatnonzero(arrays["relevant"]).tolist()
    assert {symbols[t] for t in trace["relevant"]} <= {"X", "Y"} and symbols[0] == "E" and symbols[-1] == "B"
    (flow,) = found["flows"]
    recorded = json.loads((RESULTS / "error_flow" / "error_flow.json").read_text())["curves"]
    assert [curve["median"] for curve in flow["curves"]] == [curve["median"] for curve in recorded]
    (tmp_path / "6a.json").write_text('{"row": 1}')
    (tmp_path / "6a.npz").write_bytes(b"x")
    (tmp_path / "error_flow.json").write_text("[]")
    (tmp_path / "arena.json").write_text('{"lines": []}')
    assert len(nets([tmp_path])["left_out"]) == 3


def test_a_recorded_board_has_every_reach_and_every_share():
    found = nets([RESULTS / "arena"])
    assert found["left_out"] == {}
    (board,) = (one for one in found["boards"] if one["name"] == "quick")
    record = json.loads((RESULTS / "arena" / "quick.json").read_text())
    shares = {(line["task"], line["cell"], line["lag"]): line["solved"] / line["trials"] for line in record["lines"]}
    assert {
        (task["name"].replace(" ", "_"), board["cells"][line["cell"]], board["lags"][line["lag"]]): line["share"]
        for task in board["tasks"]
        for line in task["lines"]
    } == shares
    tasks = record["conditions"]["tasks"]
    for cell, *reaches in board["reaches"]:
        for task, words in zip(tasks, reaches, strict=True):
            bridged = [lag for lag in board["lags"] if shares.get((task, cell, lag), 0) >= 0.9]
            assert words == (f"< {board['lags'][0]}" if not bridged else words)
            assert not bridged or words.removeprefix("≥ ") == f"{max(bridged):,}"


def test_nothing_in_data_ends_its_element():
    text = data({"a": [HOSTILE, "]]>", "&lt;", "\u2028"], HOSTILE: {"b": float("nan"), "c": [float("inf")]}})
    assert not set("<>&") & set(text)
    read = json.loads(text)
    assert read["a"] == [HOSTILE, "]]>", "&lt;", "\u2028"] and read[HOSTILE] == {"b": None, "c": [None]}


def test_the_file_holds_its_own_policy_and_names_no_other_place(tmp_path):
    text = written(copied("6a", tmp_path), tmp_path / "page.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy and policy[1].startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        inner = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inner
        digest = base64.b64encode(hashlib.sha256(inner[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text))
    assert addresses == {"http://www.w3.org"}  # the name of SVG, which is not an address to ask


def test_a_folder_name_cannot_become_markup(tmp_path):
    copied("6a", tmp_path)
    text = page(content(load(tmp_path), HOSTILE, again))
    assert HOSTILE not in text and "<title>lstm-jax: &lt;/script&gt;" in text


def themes() -> dict[str, dict[str, str]]:
    style = (parts("lstm_jax.report.dashboard") / "style.css").read_text()
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", style)
    assert len(pairs) == len({name for name, _, _ in pairs}) == style.count("light-dark(")
    return {"light": {name: light for name, light, _ in pairs}, "dark": {name: dark for name, _, dark in pairs}}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_can_be_seen(theme):
    """WCAG 2.2: 4.5 for text, 3 for what has a meaning in a picture."""
    colors = themes()[theme]
    for ground in ("page", "surface"):
        for text in ("ink", "quiet", "link"):
            assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
        for mark in ("blue", "vermillion", "green", "purple", "amber", "sky", "grey", "rim"):
            assert contrast(colors[mark], colors[ground]) >= 3, (mark, ground)
    assert contrast(colors["ink"], colors["mark"]) >= 4.5
    for tone in ("blue", "vermillion", "green", "purple", "amber", "sky", "grey"):
        # The sign of a verdict is written in the page's colour upon its tone.
        assert contrast(colors["page"], colors[tone]) >= 3, tone
