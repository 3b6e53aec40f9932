"""Several trackers at once: each is told everything, and one that fails leaves the others alone."""

import re
import sys
from pathlib import Path

import pytest

from lstm_jax import trackers
from lstm_jax.configuration import configuration
from lstm_jax.errors import InputError
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


@pytest.mark.parametrize(
    ("name", "library"),
    [("wandb", "wandb"), ("tensorboard", "tensorboardX"), ("mlflow", "mlflow"), ("trackio", "trackio")],
)
def test_a_tracker_whose_library_is_not_there_says_what_brings_it(name, library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=rf"tracker\.{name}\.name is '{name}'.*pip install 'lstm-jax\[{name}\]'"):
        trackers.read({name: {}})


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        (None, "tracker is None: it should have the settings of each tracker by its name"),
        ({"wandb": "yes"}, "tracker.wandb is 'yes'"),
        ({"wandbb": {}}, "tracker.wandbb.name is 'wandbb'"),
        ({"wandb": {"projects": "x"}}, "tracker.wandb.projects is not a setting"),
    ],
)
def test_settings_that_are_none_are_told_in_a_sentence(node, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        trackers.read(node)
