"""Trackio: one run of theirs for each of ours, in an SQLite file on this machine."""

import contextvars
import os
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from lstm_jax.configuration import checked
from lstm_jax.errors import InputError
from lstm_jax.results import load
from lstm_jax.trackers import measures
from lstm_jax.trackers.aside import Aside
from lstm_jax.trackers.protocol import Point, Tracker

Text = Annotated[str, Field(min_length=1)]


@checked
class Trackio:
    """Where runs go in Trackio; its files stand in `trackio` in the runs' folder, unless TRACKIO_DIR says otherwise."""

    project: Text = "lstm-jax"
    group: Text | None = None
    """Name of the group of runs; None for the row."""

    def __post_init__(self) -> None:
        if find_spec("trackio") is None:
            raise InputError("name is 'trackio': this needs Trackio, which pip install 'lstm-jax[trackio]' brings.")

    def start(self, folder: Path) -> Tracker:
        """See `TrackerSettings`."""
        os.environ.setdefault("TRACKIO_DIR", str((folder / "trackio").absolute()))  # read when it is imported
        return Aside(lambda: TrackioTracker(self))


class TrackioTracker:
    """Tells Trackio of runs. The steps of its figures are presentations."""

    def __init__(self, settings: Trackio) -> None:
        self._trackio, self._settings = import_module("trackio"), settings
        self._runs: dict[str, Any] = {}
        self._told: dict[str, set[int]] = {}

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """See `Tracker`. A run of this name that is there goes on: its results are the same."""
        self._runs[name] = run = contextvars.Context().run(self._init, name, configuration)
        storage = import_module("trackio.sqlite_storage").SQLiteStorage
        before = storage.get_logs(self._settings.project, name, run_id=run.id)
        self._told[name] = {log["step"] for log in before}

    def point(self, name: str, point: Point) -> None:
        """See `Tracker`."""
        if point.clock not in self._told[name]:
            self._runs[name].log(measures.at_step(point), step=point.clock)
            self._told[name].add(point.clock)

    def end(self, name: str, directory: Path) -> None:
        """See `Tracker`: adds points that were not told, every trial, and figures of the run beside the paper's."""
        (finished,) = load(directory).runs
        points = measures.recorded_points(finished)
        for point in points:
            self.point(name, point)
        run = self._runs.pop(name)
        table = self._trackio.Table(columns=list(measures.TRIAL), data=measures.of_trials(finished))
        run.log(measures.of_run(finished) | {"table": table}, step=points[-1].clock)
        run.finish()

    def close(self) -> None:
        """See `Tracker`."""
        for run in self._runs.values():
            run.finish()

    def _init(self, name: str, configuration: Mapping[str, Any]) -> Any:
        """Begin a run, in a context of its own: theirs has one run, and ends it when another begins."""
        return self._trackio.init(
            project=self._settings.project,
            name=name,
            group=self._settings.group or str(configuration["row"]),
            config=dict(configuration),
            resume="allow",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )
