"""Event files of TensorBoard, read back record by record, compared with what ours left on disk."""

import json
import struct
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstm_jax import trackers
from lstm_jax.results import load
from lstm_jax.trackers import measures
from tests.results.made_runs import make_run

TIMES = [250, None, 90]


def tell(folder: Path, first: int, last: int, /, *, end: bool = True, **settings: str) -> None:
    tracker = trackers.start(trackers.read({"tensorboard": settings}), folder)
    for run in load(folder).runs:
        tracker.begin(run.name, run.configuration)
        for point in measures.recorded_points(run)[first:last]:
            tracker.point(run.name, point)
        if end:
            tracker.end(run.name, run.directory)
    tracker.close()


def kept(folder: Path) -> dict[str, list[tuple[int, Any]]]:
    """What TensorBoard shows: steps and values by their names, without what a restart has replaced."""
    format: Any = import_module("tensorboardX.proto.event_pb2")

    found: dict[str, list[tuple[int, Any]]] = {}
    for path in sorted(folder.iterdir()):
        content, at = path.read_bytes(), 0
        while at < len(content):  # a length, its checksum, so many bytes, their checksum
            (length,) = struct.unpack_from("<Q", content, at)
            event = format.Event.FromString(content[at + 12 : at + 12 + length])
            at += 12 + length + 4
            if event.session_log.status == format.SessionLog.START:
                found = {name: [each for each in values if each[0] < event.step] for name, values in found.items()}
            for value in event.summary.value:
                text = value.tensor.string_val
                found.setdefault(value.tag, []).append((event.step, text[0].decode() if text else value.simple_value))
    return found


@pytest.mark.parametrize("told", [(0, 10), (2, 5), (0, 0)])
def test_every_point_of_the_curves_is_there_once_whatever_was_told_before(tmp_path, told):
    make_run(tmp_path, "own-1", TIMES)
    tell(tmp_path, *told)
    (run,) = load(tmp_path).runs
    shown, curves = kept(tmp_path / "tensorboard" / "own-1"), run.curves
    for name in ("error", "wrong_rate"):
        points = curves["presentations"].tolist()
        assert [step for step, _ in shown[f"{name}/mean"]] == points
        for label, figure in {"mean": np.nanmean, "median": np.nanmedian}.items():
            values = [value for _, value in shown[f"{name}/{label}"]]
            np.testing.assert_allclose(values, figure(curves[name], axis=1), rtol=1e-6)
    assert [value for _, value in shown["solved"]] == [1, 1, *[2] * 8]
    assert shown["solved_rate"] == [(1000, pytest.approx(2 / 3))]
    assert shown["objective"] == [(1000, pytest.approx((250 + 1000 + 90) / 3))]


def test_the_configuration_and_every_trial_are_there(tmp_path):
    make_run(tmp_path, "own-1", TIMES)
    tell(tmp_path, 0, 10)
    shown = kept(tmp_path / "tensorboard" / "own-1")
    [(_, text)] = shown["configuration/text_summary"]
    assert json.loads(str(text).strip("`\n")) == load(tmp_path).runs[0].configuration
    [(_, table)] = shown["trials/text_summary"]
    header, _, *lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in str(table).splitlines()]
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    assert columns["presentations"] == ("250", "None", "90")
    assert columns["solved"] == ("True", "False", "True")
    assert "_hparams_/session_start_info" in shown


def test_a_run_that_goes_on_replaces_what_was_written_after_its_checkpoint(tmp_path):
    make_run(tmp_path, "own-1", TIMES)
    tell(tmp_path, 0, 6, end=False, folder=str(tmp_path / "events"))
    (first,) = (tmp_path / "events" / "own-1").iterdir()
    first.rename(first.with_name(first.name.replace("tfevents.", "tfevents.0")))  # that of an earlier second
    tell(tmp_path, 4, 8, end=False, folder=str(tmp_path / "events"))
    shown = kept(tmp_path / "events" / "own-1")
    assert [step for step, _ in shown["running"]] == list(range(100, 801, 100))
    assert not (tmp_path / "tensorboard").exists()


def test_runs_are_kept_apart(tmp_path):
    for name, times in {"own-1": [250], "own-2": [None]}.items():
        make_run(tmp_path, name, times)
    tell(tmp_path, 0, 10)
    last = [kept(tmp_path / "tensorboard" / name)["solved"][-1][1] for name in ("own-1", "own-2")]
    assert last == [1, 0]
