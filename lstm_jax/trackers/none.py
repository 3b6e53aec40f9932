"""The tracker that does nothing: local records are all there is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lstm_jax.configuration import checked
from lstm_jax.trackers.protocol import Point


@checked
class Nothing:
    """No tracker; its own settings, too, for it has none."""

    def start(self, folder: Path) -> "Nothing":
        """See `TrackerSettings`."""
        return self

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """See `Tracker`, as all below."""

    def point(self, name: str, point: Point) -> None:
        """Nothing."""

    def end(self, name: str, directory: Path) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
