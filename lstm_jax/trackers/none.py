"""The tracker that does nothing: local records are all there is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lstm_jax.configuration import checked
from lstm_jax.trackers.protocol import Point


@checked
class Nothing:
    """The tracker that does nothing, which is also its own settings."""

    def start(self, folder: Path) -> "Nothing":
        """This tracker itself."""
        return self

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """Do nothing."""

    def point(self, name: str, point: Point) -> None:
        """Do nothing."""

    def end(self, name: str, directory: Path) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
