"""Several trackers at once: each is told everything, and one that fails leaves the others alone."""

from pathlib import Path

from lstm_jax import trackers
from lstm_jax.configuration import configuration
from tests.trackers.test_aside import Recorder, point

MADE: dict[str, Recorder] = {}


@configuration
class Noting:
    """A tracker of one's own that fails where it is told to."""

    label: str
    fails: bool = False

    def start(self, folder):
        MADE[self.label] = Recorder(failing=[("point", "a")] if self.fails else [])
        return MADE[self.label]


def test_every_tracker_is_told_everything_and_one_that_fails_leaves_the_others_alone(capsys):
    name = f"{__name__}.Noting"
    node = {"first": {"name": name, "label": "1", "fails": True}, "second": {"name": name, "label": "2"}}
    tracker = trackers.start(trackers.read(node), Path())
    tracker.begin("a", {})
    for at in (1, 2):
        tracker.point("a", point(at))
    tracker.end("a", Path())
    tracker.close()
    assert MADE["1"].calls == [("begin", "a"), ("point", "a", 1), ("close", "")]
    assert MADE["2"].calls == [("begin", "a"), ("point", "a", 1), ("point", "a", 2), ("end", "a"), ("close", "")]
    assert "a is not tracked" in capsys.readouterr().err


def test_without_a_tracker_nothing_happens():
    tracker = trackers.start(trackers.read({}), Path())
    tracker.begin("a", {})
    tracker.end("a", Path("nowhere"))
    tracker.close()
