"""Trackers: dashboards of others that are told of runs as they go.

What a run leaves on disk does not depend on them.
"""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lstm_jax.configuration import named
from lstm_jax.trackers.none import Nothing
from lstm_jax.trackers.protocol import Point, Tracker
from lstm_jax.trackers.wandb import Wandb

__all__ = ["TRACKERS", "Point", "Tracker", "TrackerSettings", "read"]

TRACKERS = {"none": Nothing, "wandb": Wandb}


@runtime_checkable
class TrackerSettings(Protocol):
    """The node `tracker` of a configuration, checked: a `configuration` dataclass."""

    def start(self, folder: Path) -> Tracker:
        """A tracker for the runs of one program. Its own files stand under their folder; it never waits nor fails."""
        ...


def read(node: Any) -> TrackerSettings:
    """Check the node `tracker`; its name may be `module.Class` for one of yours.

    Raises:
        InputError: the name is unknown, or a field is not allowed.
    """
    return named(TRACKERS, node, "tracker")
