"""Runs of Trackio compared with what ours left on disk: with a stand-in, and in its SQLite file where Trackio is."""

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lstm_jax.results import load
from lstm_jax.trackers import measures
from lstm_jax.trackers.trackio import Trackio, TrackioTracker
from tests.results.made_runs import make_run
from tests.trackers import offline

TIMES = [250, None, 90]


@dataclass
class Kept:
    """A run as Trackio has it."""

    name: str
    config: dict[str, Any]
    id: str = ""
    logs: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    finished: int = 0

    def log(self, metrics, step):
        self.logs.append((step, metrics))

    def finish(self):
        self.finished += 1

    def curve(self, figure: str) -> list[tuple[int, float]]:
        return sorted((step, metrics[figure]) for step, metrics in self.logs if figure in metrics)


class StandIn:
    """As much of Trackio as is called."""

    def __init__(self):
        self.runs: dict[str, Kept] = {}

    def init(self, *, project, name, group, config, resume, **others):
        assert resume == "allow" and others == {"embed": False, "auto_log_gpu": False, "auto_log_cpu": False}
        return self.runs.setdefault(name, Kept(name, config | {"_Group": group}, id=f"id of {name}"))

    def get_logs(self, project, run, run_id):
        assert run_id == f"id of {run}"
        return [{"step": step, **metrics} for step, metrics in self.runs[run].logs]

    def table(self, columns, data):
        return {"_value": [dict(zip(columns, line, strict=True)) for line in data]}


def in_sqlite(path: Path) -> list[Kept]:
    """The runs in Trackio's file, read without Trackio."""
    found = []
    with closing(sqlite3.connect(path)) as base:
        for own, name, config in base.execute("select run_id, run_name, config from configs"):
            logs = base.execute("select step, metrics from metrics where run_id = ? order by id", [own])
            found.append(Kept(name, json.loads(config), own, [(step, json.loads(told)) for step, told in logs]))
    return found


@dataclass
class Told:
    """Tells a tracker of the runs in a folder, all at the same time, and reads back what is kept."""

    tell: Callable[..., Any]
    kept: Callable[[], list[Kept]]


@pytest.fixture(params=["stand-in", *(["trackio"] if find_spec("trackio") else [])])
def told(request, tmp_path, monkeypatch):
    monkeypatch.delenv("TRACKIO_DIR", raising=False)
    if request.param == "trackio":
        return Told(
            lambda *given: offline.tell(tmp_path, {"trackio": {}}, *given),
            lambda: in_sqlite(tmp_path / "trackio" / "lstm-jax.db"),
        )
    own = StandIn()
    module = SimpleNamespace(__spec__=ModuleSpec("trackio", None), init=own.init, Table=own.table)
    monkeypatch.setitem(sys.modules, "trackio", module)
    monkeypatch.setitem(sys.modules, "trackio.sqlite_storage", SimpleNamespace(SQLiteStorage=own))

    def tell(first: int, last: int, *end: str) -> None:
        tracker = TrackioTracker(Trackio())
        runs = load(tmp_path).runs
        for run in runs:
            tracker.begin(run.name, run.configuration)
        for run in runs:
            for point in measures.recorded_points(run)[first:last]:
                tracker.point(run.name, point)
            if end:
                tracker.end(run.name, run.directory)
        tracker.close()

    return Told(tell, lambda: list(own.runs.values()))


def test_runs_at_the_same_time_that_were_interrupted_are_told_whole_in_the_end_and_nothing_twice(tmp_path, told):
    make_run(tmp_path, "own-1", TIMES)
    make_run(tmp_path, "own-2", [None])
    told.tell(0, 4)
    told.tell(3, 7, "end")  # the checkpoint was older than what had been told
    (first, second), (run, _) = sorted(told.kept(), key=lambda run: run.name), load(tmp_path).runs
    for name in ("error", "wrong_rate"):
        steps, values = zip(*first.curve(f"{name}/mean"), strict=True)
        assert list(steps) == run.curves["presentations"].tolist()
        np.testing.assert_allclose(values, np.nanmean(run.curves[name], axis=1), rtol=1e-12)
    assert first.curve("running")[-1] == (1000, 0)
    assert first.curve("objective") == [(1000, pytest.approx((250 + 1000 + 90) / 3))]
    assert second.curve("objective") == [(1000, 1000)]
    assert first.config["optimizer"] == {"learning_rate": 0.5} and first.config["_Group"] == "own"
    [(_, table)] = first.curve("table")
    assert [line["presentations"] for line in table["_value"]] == TIMES
