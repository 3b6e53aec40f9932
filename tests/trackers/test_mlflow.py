"""Runs of MLflow are ours on disk: told to a stand-in, and where MLflow is there, to its SQLite file."""

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
from typing import Any, NamedTuple
from urllib.parse import urlparse

import numpy as np
import pytest

from lstm_jax.results import load
from lstm_jax.trackers import measures
from lstm_jax.trackers.mlflow import Mlflow, MlflowTracker
from tests.results.made_runs import make_run
from tests.trackers import offline

TIMES = [250, None, 90]


@dataclass
class Kept:
    """A run as MLflow has it."""

    name: str
    status: str = "RUNNING"
    figures: list[tuple[str, float, int]] = field(default_factory=list)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)

    def curve(self, figure: str) -> list[tuple[int, float]]:
        return sorted((step, value) for name, value, step in self.figures if name == figure)


class Param(NamedTuple):
    key: str
    value: str


class Metric(NamedTuple):
    key: str
    value: float
    timestamp: int
    step: int


class StandIn:
    """As much of MLflow's client as is called, with its limits; one memory for all, as a file would be."""

    def __init__(self):
        self.projects: dict[str, str] = {}
        self.runs: dict[str, Kept] = {}
        self.stores: list[str] = []

    def client(self, tracking_uri):
        self.stores.append(tracking_uri)
        return self

    def get_experiment_by_name(self, name):
        return SimpleNamespace(experiment_id=self.projects[name]) if name in self.projects else None

    def create_experiment(self, name, artifact_location=None):
        return self.projects.setdefault(name, f"id of {name}")

    def search_runs(self, experiment_ids, filter_string=""):
        wanted = filter_string.removeprefix("attributes.run_name = ").strip("'")
        return [
            SimpleNamespace(info=SimpleNamespace(run_id=own)) for own, run in self.runs.items() if run.name == wanted
        ]

    def create_run(self, experiment_id, run_name: str, tags: dict[str, str]):
        own = f"run {len(self.runs)}"
        self.runs[own] = Kept(run_name, tags=dict(tags))
        return SimpleNamespace(info=SimpleNamespace(run_id=own))

    def update_run(self, run_id, status):
        self.runs[run_id].status = status

    def get_metric_history(self, run_id, key):
        return [Metric(name, value, 0, step) for name, value, step in self.runs[run_id].figures if name == key]

    def log_batch(self, run_id, metrics=(), params=()):
        assert len(metrics) <= 1000 and len(params) <= 100
        self.runs[run_id].figures += [(metric.key, metric.value, metric.step) for metric in metrics]
        self.runs[run_id].params |= dict(params)

    def set_tag(self, run_id, key, value):
        self.runs[run_id].tags[key] = value

    def log_dict(self, run_id, dictionary, artifact_file):
        self.runs[run_id].files[artifact_file] = json.loads(json.dumps(dictionary))

    def set_terminated(self, run_id, status):
        self.runs[run_id].status = status


def in_sqlite(folder: Path) -> list[Kept]:
    """The runs in MLflow's file, read without MLflow."""
    found = []
    with closing(sqlite3.connect(folder / "mlflow" / "mlflow.db")) as base:
        for own, name, status, files in base.execute("select run_uuid, name, status, artifact_uri from runs"):
            figures = list(base.execute("select key, value, step from metrics where run_uuid = ?", [own]))
            params, tags = (
                dict(base.execute(f"select key, value from {table} where run_uuid = ?", [own]).fetchall())
                for table in ("params", "tags")
            )
            read = {path.name: json.loads(path.read_text()) for path in Path(urlparse(files).path).glob("*")}
            found.append(Kept(name, status, figures, params, tags, read))
    return found


@dataclass
class Told:
    """Tells a tracker of the runs in a folder, and reads back what is kept."""

    tell: Callable[..., Any]
    kept: Callable[[], list[Kept]]


@pytest.fixture(params=["stand-in", *(["mlflow"] if find_spec("mlflow") else [])])
def told(request, tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if request.param == "mlflow":
        return Told(lambda *given: offline.tell(tmp_path, {"mlflow": {}}, *given), lambda: in_sqlite(tmp_path))
    own = StandIn()
    entities = SimpleNamespace(Param=Param, Metric=Metric)
    module = SimpleNamespace(__spec__=ModuleSpec("mlflow", None), MlflowClient=own.client, entities=entities)
    monkeypatch.setitem(sys.modules, "mlflow", module)

    def tell(first: int, last: int, *end: str) -> None:
        tracker = MlflowTracker(Mlflow(), tmp_path)
        for run in load(tmp_path).runs:
            tracker.begin(run.name, run.configuration)
            for point in measures.recorded_points(run)[first:last]:
                tracker.point(run.name, point)
            if end:
                tracker.end(run.name, run.directory)
        tracker.close()

    return Told(tell, lambda: list(own.runs.values()))


def test_a_run_that_was_interrupted_is_told_whole_in_the_end_and_nothing_twice(tmp_path, told):
    make_run(tmp_path, "own-1", TIMES)
    make_run(tmp_path, "own-2", [None])
    told.tell(0, 4)
    assert {run.status for run in told.kept()} == {"KILLED"}
    told.tell(3, 7, "end")  # the checkpoint was older than what had been told
    (first, second), (run, _) = sorted(told.kept(), key=lambda run: run.name), load(tmp_path).runs
    assert (first.name, first.status, second.name) == ("own-1", "FINISHED", "own-2")
    for name in ("error", "wrong_rate"):
        steps, values = zip(*first.curve(f"{name}/mean"), strict=True)
        assert list(steps) == run.curves["presentations"].tolist()
        np.testing.assert_allclose(values, np.nanmean(run.curves[name], axis=1), rtol=1e-12)
    assert first.curve("solved") == [(100, 1), (200, 1), *((at, 2) for at in range(300, 1001, 100))]
    assert second.curve("solved")[-1] == (1000, 0)
    assert first.curve("objective") == [(1000, pytest.approx((250 + 1000 + 90) / 3))]
    assert first.params["optimizer.learning_rate"] == "0.5" and first.params["cell.bias"] == "[-1, -2]"
    assert first.tags["row"] == "own"
    trials = first.files["trials.json"]
    assert [dict(zip(trials["columns"], line, strict=True))["presentations"] for line in trials["data"]] == TIMES


def test_long_curves_and_configurations_with_many_fields_are_told_in_parts(tmp_path, told):
    directory = make_run(tmp_path, "own-1", TIMES, many={f"field_{i}": i for i in range(150)})
    at, error = np.arange(1, 301), np.zeros((300, 3))
    np.savez(directory / "curves.npz", presentations=at, error=error, wrong_rate=error)
    told.tell(0, 0, "end")
    (found,) = told.kept()
    assert found.params["many.field_149"] == "149"
    assert [step for step, _ in found.curve("error/q90")] == at.tolist()


def test_where_it_writes_is_the_users_own_choice(tmp_path, monkeypatch):
    own = StandIn()
    module = SimpleNamespace(__spec__=ModuleSpec("mlflow", None), MlflowClient=own.client, entities=None)
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    for settings in (Mlflow(), Mlflow(store="sqlite:///own.db")):
        MlflowTracker(settings, tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert not list(tmp_path.iterdir())
    MlflowTracker(Mlflow(), tmp_path)
    assert own.stores == ["http://127.0.0.1:9", "sqlite:///own.db", f"sqlite:///{tmp_path}/mlflow/mlflow.db"]
