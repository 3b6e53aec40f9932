"""A tracker in a thread of its own: order is kept, failures are sentences, nothing waits."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.trackers.aside import Aside
from lstm_jax.trackers.measures import RecordedPoint


class Recorder:
    """Notes its calls; fails in those it is told to."""

    def __init__(self, failing=(), pause=None):
        self.calls, self.threads = [], set()
        self.failing, self.pause = failing, pause

    def _note(self, *call):
        if self.pause:
            self.pause.wait()
        self.threads.add(threading.get_ident())
        self.calls.append(call)
        if call[:2] in self.failing:
            raise OSError(f"no space left\non the device\nfor {call[1]}")

    def begin(self, name, configuration):
        self._note("begin", name)

    def point(self, name, point):
        self._note("point", name, point.clock)

    def end(self, name, directory):
        self._note("end", name)

    def close(self):
        self._note("close", "")


def point(at: int) -> RecordedPoint:
    return RecordedPoint(at, 0, 1, {"error": np.zeros(1), "wrong_rate": np.zeros(1)})


def test_calls_arrive_in_order_in_one_thread_that_is_not_ours():
    recorder = Recorder()
    aside = Aside(lambda: recorder)

    def work(name):
        aside.begin(name, {})
        for at in range(20):
            aside.point(name, point(at))
        aside.end(name, Path())

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    aside.close()
    for name in "ab":
        own = [call for call in recorder.calls if call[1] == name]
        assert own == [("begin", name), *(("point", name, at) for at in range(20)), ("end", name)]
    assert recorder.calls[-1] == ("close", "")
    assert len(recorder.threads) == 1 and threading.get_ident() not in recorder.threads


@pytest.mark.parametrize("failing", ["begin", "point", "end"])
def test_a_failure_loses_one_run_and_is_one_sentence(failing, capsys):
    recorder = Recorder(failing=[(failing, "a")])
    aside = Aside(lambda: recorder)
    for name in "ab":
        aside.begin(name, {})
        aside.point(name, point(1))
        aside.point(name, point(2))
        aside.end(name, Path())
    aside.close()
    assert [call for call in recorder.calls if call[1] == "a"][-1][0] == failing
    assert len([call for call in recorder.calls if call[1] == "b"]) == 4
    sentence = "a is not tracked, but training goes on: no space left; on the device; for a.\n"
    assert capsys.readouterr().err == sentence


def test_a_tracker_that_cannot_be_made_is_one_sentence(capsys):
    def make():
        raise ImportError("no module named wandb")

    aside = Aside(make)
    aside.begin("a", {})
    aside.end("a", Path())
    aside.close()
    assert capsys.readouterr().err == "Nothing is tracked, but training goes on: no module named wandb.\n"


def test_nothing_waits_for_a_tracker_that_hangs(capsys):
    go_on = threading.Event()
    recorder = Recorder(pause=go_on)
    aside = Aside(lambda: recorder, longest=10, closing_seconds=0.2)
    started = time.monotonic()
    aside.begin("a", {})
    for at in range(1000):
        aside.point("a", point(at))
    aside.end("a", Path())
    aside.close()
    assert time.monotonic() - started < 2
    slow, left = capsys.readouterr().err.splitlines()
    assert "slow" in slow and "not done after 0.2 s" in left
    go_on.set()
    aside.close()
    # Points were left out; beginning and end never are.
    assert 9 <= sum(call[0] == "point" for call in recorder.calls) <= 11
    assert [call[0] for call in recorder.calls][-2:] == ["end", "close"]
