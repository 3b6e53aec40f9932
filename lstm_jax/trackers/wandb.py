"""Weights & Biases: one run of theirs for each of ours, on-line or off-line.

All calls come from one thread (`Aside`): with several runs at a time their library allows no more.
"""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from lstm_jax.configuration import checked
from lstm_jax.errors import InputError
from lstm_jax.results import load
from lstm_jax.trackers import measures
from lstm_jax.trackers.aside import Aside, reason
from lstm_jax.trackers.protocol import Point, Tracker

SHOWN = 300
"""Number of points of the learning curves in the picture beside the paper's mean."""

REACH_SECONDS, INIT_SECONDS, FINISH_SECONDS = 5, 20, 45
"""Seconds to wait for a host that does not answer: before the first run, when a run begins, when it ends."""

Text = Annotated[str, Field(min_length=1)]


@checked
class Wandb:
    """Where runs go in W&B; its own files stand in `wandb` in the runs' folder."""

    project: Text | None = None
    """Name of the project; None for that of W&B's own settings, or else lstm-jax."""
    entity: Text | None = None
    """User or team; None for that of W&B's own settings."""
    group: Text | None = None
    """Name of the group of runs; None for the row."""
    tags: tuple[Text, ...] = ()
    mode: Literal["online", "offline"] | None = None
    """Whether runs are sent at once; None for W&B's own settings, or else on-line if logged in and off-line if not."""

    def __post_init__(self) -> None:
        if find_spec("wandb") is None:
            raise InputError("name is 'wandb': this needs W&B, which pip install 'lstm-jax[wandb]' brings.")

    def start(self, folder: Path) -> Tracker:
        """See `TrackerSettings`."""
        own = (folder / "wandb").absolute()
        # These have no other way in; what the user has set stays. Reports of errors would be sent even when off-line.
        for name, value in (("DATA_DIR", own / "data"), ("CACHE_DIR", own / "cache"), ("ERROR_REPORTING", "false")):
            os.environ.setdefault(f"WANDB_{name}", str(value))
        if self.mode is not None:
            os.environ["WANDB_MODE"] = self.mode
        return Aside(lambda: WandbTracker(self, folder))


class WandbTracker:
    """Tells W&B of runs, waiting for it and failing as it does.

    Off-line, and where its host cannot be reached, it writes to `wandb` in the runs' folder; `wandb sync` sends that.
    """

    def __init__(self, settings: Wandb, folder: Path) -> None:
        import wandb

        self._wandb, self._settings, self._folder = wandb, settings, folder
        self._runs: dict[str, Any] = {}
        self._told: dict[str, set[int]] = {}
        self._before: dict[str, int] = {}
        self._offline = False
        own = wandb.setup().settings
        self._project = settings.project or own.project or "lstm-jax"
        self._mode = own.mode
        if self._mode == "online":
            try:
                if not logged_in():
                    self._mode = "offline"
                    if settings.mode == "online":
                        raise RuntimeError("nobody is logged in (wandb login)")
            except Exception as error:
                self._go_offline(error)

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """See `Tracker`."""
        try:
            run = self._init(name, configuration)
        except Exception as error:
            if self._mode != "online" or self._runs:
                raise
            self._go_offline(error)
            # The run that was refused still has its name.
            self._wandb.teardown()
            run = self._init(name, configuration)
        run.define_metric("presentations")
        run.define_metric("*", step_metric="presentations")
        self._runs[name], self._told[name] = run, set()
        # An on-line run that goes on from a checkpoint has its first points.
        self._before[name] = run.summary.get("presentations", 0) if run.resumed else 0
        self._offline |= self._mode == "offline"

    def point(self, name: str, point: Point) -> None:
        """See `Tracker`."""
        if point.clock > self._before[name] and point.clock not in self._told[name]:
            self._runs[name].log(measures.at_point(point))
            self._told[name].add(point.clock)

    def end(self, name: str, directory: Path) -> None:
        """See `Tracker`: adds points that were not told, every trial, and figures of the run beside the paper's."""
        (finished,) = load(directory).runs
        points = measures.recorded_points(finished)
        for point in points:
            self.point(name, point)
        run = self._runs[name]
        run.log({"trials": self._wandb.Table(columns=list(measures.TRIAL), data=measures.of_trials(finished))})
        figures = measures.of_run(finished)
        run.log({"curves": self._picture(points, figures.get("paper/presentations"))})
        run.summary.update(figures)
        run.finish()
        del self._runs[name]

    def close(self) -> None:
        """See `Tracker`."""
        for run in self._runs.values():
            run.finish(exit_code=1)
        self._wandb.teardown()
        if self._offline:
            _say(f"W&B has off-line runs; this sends them: wandb sync {self._folder / 'wandb'}/offline-run-*")

    def _init(self, name: str, configuration: Mapping[str, Any]) -> Any:
        settings = self._wandb.Settings(
            console="off",
            silent=True,
            init_timeout=INIT_SECONDS,
            finish_timeout=FINISH_SECONDS,
            disable_code=True,
            disable_git=True,
            x_disable_machine_info=True,
            x_save_requirements=False,
        )
        return self._wandb.init(
            project=self._project,
            entity=self._settings.entity,
            group=self._settings.group or configuration["row"],
            tags=self._settings.tags,
            name=name,
            # An agent of a sweep has named its run.
            id=None if "WANDB_SWEEP_ID" in os.environ else name,
            resume="allow",
            reinit="create_new",
            config=dict(configuration),
            dir=self._folder.absolute(),
            mode=self._mode,
            settings=settings,
        )

    def _go_offline(self, error: Exception) -> None:
        """Be off-line for the rest of the program: the next run would wait for the host as long as this one."""
        self._mode = "offline"
        _say(f"W&B gets off-line runs: {reason(error)}.")

    def _picture(self, points: list[measures.RecordedPoint], paper: int | None) -> Any:
        """The learning curves as bands, and the paper's mean as a vertical line."""
        shown = [points[i] for i in np.unique(np.linspace(0, len(points) - 1, SHOWN).astype(int))]
        figures = [measures.at_point(point) for point in shown]
        at = [point["presentations"] for point in figures]
        lines = {name: (at, [point[f"error/{name}"] for point in figures]) for name in ("mean", *measures.QUANTILES)}
        if paper is not None:
            ends = [edge(value for _, values in lines.values() for value in values) for edge in (min, max)]
            lines["paper's mean"] = ([paper, paper], ends)
        return self._wandb.plot.line_series(
            xs=[list(xs) for xs, _ in lines.values()],
            ys=[ys for _, ys in lines.values()],
            keys=list(lines),
            title="Training error of the trials that run",
            xname="presentations",
        )


def logged_in() -> bool:
    """Whether there is a login for W&B's host, which can be reached; nothing is asked, and no W&B run begun.

    Raises:
        RuntimeError: the host cannot be reached.
        wandb.Error: the login is not of the right form.
    """
    import requests
    import wandb

    host = wandb.setup(wandb.Settings(silent=True)).settings.base_url
    if not wandb.login(prompt=False, verify=False):
        return False
    try:
        requests.head(host, timeout=REACH_SECONDS)
    except requests.RequestException:
        raise RuntimeError(f"{host} cannot be reached") from None
    return True


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
