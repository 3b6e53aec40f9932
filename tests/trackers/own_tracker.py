"""A tracker of one's own: notes what it is told, one JSON object per line."""

import json
from pathlib import Path

from lstm_jax.configuration import configuration
from lstm_jax.trackers import measures


@configuration
class Notes:
    """Its settings: where to write."""

    file: str

    def start(self, folder):
        return Writer(Path(self.file))


class Writer:
    def __init__(self, path):
        self.path = path

    def _note(self, *what):
        with self.path.open("a") as file:
            file.write(json.dumps(what) + "\n")

    def begin(self, name, configuration):
        self._note("begin", name, configuration)

    def point(self, name, point):
        self._note("point", name, measures.at_point(point))

    def end(self, name, directory):
        self._note("end", name, str(directory))

    def close(self):
        self._note("close")
