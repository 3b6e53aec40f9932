"""Trackers: dashboards of other programs, which are told of runs as they go.

What a run leaves on disk does not depend on them.
"""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lstm_jax.configuration import named
from lstm_jax.errors import InputError
from lstm_jax.trackers.aside import Aside
from lstm_jax.trackers.none import Nothing
from lstm_jax.trackers.protocol import Point, Tracker
from lstm_jax.trackers.wandb import Wandb

__all__ = ["TRACKERS", "Point", "Tracker", "TrackerSettings", "read"]

TRACKERS = {"none": Nothing, "wandb": Wandb}


@runtime_checkable
class TrackerSettings(Protocol):
    """The node `tracker` of a configuration, checked: a `configuration` dataclass."""

    def start(self, folder: Path) -> Tracker:
        """A tracker for the runs of one program; its own files stand under their folder."""
        ...


def read(node: Any) -> TrackerSettings:
    """Check the node `tracker`; its name may be `module.Class` for one of yours.

    Raises:
        InputError: the name is unknown, or a field is not allowed.
    """
    settings = named(TRACKERS, node, "tracker")
    if not isinstance(settings, TrackerSettings):
        raise InputError(f"tracker.name is {node['name']!r}: it should have a method start(folder).")
    return settings


def start(settings: TrackerSettings, folder: Path) -> Tracker:
    """A tracker for the runs of a program, out of their way: a run neither waits nor fails for it."""
    ours = isinstance(settings, tuple(TRACKERS.values()))
    return settings.start(folder) if ours else Aside(lambda: settings.start(folder))
