"""MLflow: one run of theirs for each of ours, in an SQLite file, or wherever MLflow is set to write."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lstm_jax.configuration import checked
from lstm_jax.errors import InputError
from lstm_jax.results import load
from lstm_jax.results.run import flat
from lstm_jax.trackers import measures
from lstm_jax.trackers.aside import Aside
from lstm_jax.trackers.protocol import Point, Tracker

MOST_FIGURES, MOST_FIELDS = 1000, 100
"""How many figures and fields of a configuration MLflow takes in one call."""

QUIET = {"MLFLOW_LOGGING_LEVEL": "WARNING", "MLFLOW_DISABLE_TELEMETRY": "true"}
"""What has to be set before MLflow is imported, so that it tells nobody of its use; what the user has set stays."""

Text = Annotated[str, Field(min_length=1)]


@checked
class Mlflow:
    """Where runs go in MLflow."""

    project: Text = "lstm-jax"
    """Name of the experiment, as MLflow calls it."""
    store: Text | None = None
    """The tracking URI, such as `sqlite:///all.db`; None for MLFLOW_TRACKING_URI, or else for `mlflow/mlflow.db` in the
    runs' folder."""

    def __post_init__(self) -> None:
        if find_spec("mlflow") is None:
            raise InputError("name is 'mlflow': this needs MLflow, which pip install 'lstm-jax[mlflow]' brings.")

    def start(self, folder: Path) -> Tracker:
        """See `TrackerSettings`."""
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        return Aside(lambda: MlflowTracker(self, folder))


class MlflowTracker:
    """Tells MLflow of runs. The steps of its figures are presentations."""

    def __init__(self, settings: Mlflow, folder: Path) -> None:
        mlflow: Any = import_module("mlflow")
        self._entities = mlflow.entities
        store, files = settings.store or os.environ.get("MLFLOW_TRACKING_URI"), None
        if store is None:
            own = (folder / "mlflow").absolute()
            own.mkdir(parents=True, exist_ok=True)
            store, files = f"sqlite:///{own / 'mlflow.db'}", (own / "files").as_uri()
        self._client = mlflow.MlflowClient(tracking_uri=store)
        found = self._client.get_experiment_by_name(settings.project)
        self._experiment = (
            found.experiment_id if found else self._client.create_experiment(settings.project, artifact_location=files)
        )
        self._ids: dict[str, str] = {}
        self._told: dict[str, set[int]] = {}

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """See `Tracker`. A run of this name that is there goes on: its results are the same."""
        found = self._client.search_runs([self._experiment], f"attributes.run_name = '{name}'")
        if found:
            self._ids[name] = own = found[0].info.run_id
            self._client.update_run(own, status="RUNNING")
            self._told[name] = {metric.step for metric in self._client.get_metric_history(own, "running")}
            return
        made = self._client.create_run(self._experiment, run_name=name, tags={"row": str(configuration["row"])})
        self._ids[name], self._told[name] = made.info.run_id, set()
        fields = (self._entities.Param(field, json.dumps(value)) for field, value in flat(configuration))
        for some in _batches(fields, MOST_FIELDS):
            self._client.log_batch(made.info.run_id, params=some)

    def point(self, name: str, point: Point) -> None:
        """See `Tracker`."""
        self._tell(name, [point])

    def end(self, name: str, directory: Path) -> None:
        """See `Tracker`: adds points that were not told, every trial, and figures of the run beside the paper's."""
        (finished,) = load(directory).runs
        points = measures.recorded_points(finished)
        self._tell(name, points)
        own, figures, last = self._ids.pop(name), measures.of_run(finished), points[-1]
        numbers = {figure: value for figure, value in figures.items() if not isinstance(value, str)}
        new = numbers.keys() - measures.at_step(last).keys()
        self._client.log_batch(own, metrics=[self._metric(figure, numbers[figure], last.clock) for figure in new])
        self._client.set_tag(own, "verdict", figures.get("verdict", "none: the paper has no figures"))
        trials = {"columns": list(measures.TRIAL), "data": measures.of_trials(finished)}
        self._client.log_dict(own, trials, "trials.json")
        self._client.set_terminated(own, "FINISHED")

    def close(self) -> None:
        """See `Tracker`."""
        for own in self._ids.values():
            self._client.set_terminated(own, "KILLED")

    def _tell(self, name: str, points: Sequence[Point]) -> None:
        new = [point for point in points if point.clock not in self._told[name]]
        metrics = (
            self._metric(figure, value, point.clock)
            for point in new
            for figure, value in measures.at_step(point).items()
        )
        for some in _batches(metrics, MOST_FIGURES):
            self._client.log_batch(self._ids[name], metrics=some)
        self._told[name] |= {point.clock for point in new}

    def _metric(self, figure: str, value: int | float, step: int) -> Any:
        return self._entities.Metric(figure, float(value), time.time_ns() // 1_000_000, step)


def _batches(items: Iterable[Any], most: int) -> Iterator[list[Any]]:
    items = iter(items)
    while some := list(islice(items, most)):
        yield some
