"""Several trackers that are told the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lstm_jax.trackers.protocol import Point, Tracker


class Several:
    """Tells each of its trackers; there may be none."""

    def __init__(self, trackers: Sequence[Tracker]) -> None:
        self._trackers = tuple(trackers)

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """See `Tracker`."""
        for tracker in self._trackers:
            tracker.begin(name, configuration)

    def point(self, name: str, point: Point) -> None:
        """See `Tracker`."""
        for tracker in self._trackers:
            tracker.point(name, point)

    def end(self, name: str, directory: Path) -> None:
        """See `Tracker`."""
        for tracker in self._trackers:
            tracker.end(name, directory)

    def close(self) -> None:
        """See `Tracker`."""
        for tracker in self._trackers:
            tracker.close()
