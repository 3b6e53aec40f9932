"""TensorBoard: event files, a folder for each run, written without TensorFlow."""

import json
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
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

FLUSH_SECONDS = 10
"""Seconds after which a point is in the file at the latest."""


@checked
class TensorBoard:
    """Where event files go; `tensorboard --logdir` shows them."""

    folder: Annotated[str, Field(min_length=1)] | None = None
    """A folder with one for each run in it; None for `tensorboard` in the runs' folder."""

    def __post_init__(self) -> None:
        if find_spec("tensorboardX") is None:
            raise InputError(
                "name is 'tensorboard': this needs tensorboardX, which pip install 'lstm-jax[tensorboard]' brings."
            )

    def start(self, folder: Path) -> Tracker:
        """See `TrackerSettings`."""
        own = Path(self.folder) if self.folder is not None else folder / "tensorboard"
        return Aside(lambda: TensorBoardTracker(own))


class TensorBoardTracker:
    """Writes event files. The steps in them are presentations."""

    def __init__(self, folder: Path) -> None:
        self._tensorboard, self._folder = import_module("tensorboardX"), folder
        self._configurations: dict[str, Mapping[str, Any]] = {}
        self._writers: dict[str, Any] = {}
        self._told: dict[str, set[int]] = {}

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """See `Tracker`. The file is made with the first point, which says from where the run goes on."""
        self._configurations[name], self._told[name] = configuration, set()

    def point(self, name: str, point: Point) -> None:
        """See `Tracker`."""
        if name not in self._writers:
            self._writers[name] = self._writer(name, point.clock)
        for figure, value in measures.at_step(point).items():
            self._writers[name].add_scalar(figure, value, point.clock)
        self._told[name].add(point.clock)

    def end(self, name: str, directory: Path) -> None:
        """See `Tracker`: adds the configuration, every trial, and figures of the run beside the paper's.

        Where points are missing, as in a run that was continued, all are written anew.
        """
        (finished,) = load(directory).runs
        points = measures.recorded_points(finished)
        if self._told[name] != {point.clock for point in points}:
            if name in self._writers:
                self._writers.pop(name).close()
            self._writers[name] = self._writer(name, 0)
            for point in points:
                self.point(name, point)
        writer, last = self._writers.pop(name), points[-1].clock
        figures = measures.of_run(finished)
        numbers = {figure: value for figure, value in figures.items() if not isinstance(value, str)}
        for figure in numbers.keys() - measures.at_step(points[-1]).keys():
            writer.add_scalar(figure, numbers[figure], last)
        writer.add_text("configuration", f"```\n{json.dumps(self._configurations.pop(name), indent=1)}\n```", last)
        writer.add_text("trials", _table(list(measures.TRIAL), measures.of_trials(finished)), last)
        writer.add_text("verdict", str(figures.get("verdict", "none: the paper has no figures")), last)
        for part in self._tensorboard.summary.hparams(_plain(finished.configuration), numbers):
            writer.file_writer.add_summary(part)
        writer.close()

    def close(self) -> None:
        """See `Tracker`."""
        for writer in self._writers.values():
            writer.close()

    def _writer(self, name: str, start: int) -> Any:
        """A writer of a new file, before which TensorBoard forgets what older files have from this step on."""
        return self._tensorboard.SummaryWriter(
            str(self._folder / name), purge_step=start, flush_secs=FLUSH_SECONDS, write_to_disk=True
        )


def _plain(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as TensorBoard takes them: numbers and texts."""
    kinds = bool | int | float | str
    return {name: value if isinstance(value, kinds) else str(value) for name, value in flat(configuration)}


def _table(columns: list[str], lines: list[list[Any]]) -> str:
    """A table in Markdown."""
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in [columns, ["---"] * len(columns), *lines])
