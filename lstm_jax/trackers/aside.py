"""Keep a tracker out of the way: all its calls in one thread of its own, and its failures one sentence each."""

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from lstm_jax.trackers.protocol import Point, Tracker

PAUSE_SECONDS = 0.5
"""Seconds between two looks at what waits: waking for every point would take time from the training."""


class Aside:
    """A tracker that never waits and never fails, around one that may do both.

    A run of which the other cannot be told is left to its local records. When more than `longest` points wait, further
    ones are left out; `end` has them all from disk.
    """

    def __init__(self, make: Callable[[], Tracker], *, longest: int = 10_000, closing_seconds: float = 60) -> None:
        self._longest, self._closing_seconds = longest, closing_seconds
        self._waiting: SimpleQueue[Callable[[Tracker], None]] = SimpleQueue()
        self._closing = threading.Event()
        self._lost: set[str] = set()
        self._noted = False
        # A daemon: one that hangs does not keep the program from ending.
        self._thread = threading.Thread(target=self._work, args=(make,), name="tracker", daemon=True)
        self._thread.start()

    def begin(self, name: str, configuration: Mapping[str, Any]) -> None:
        """See `Tracker`."""
        self._put(name, lambda tracker: tracker.begin(name, configuration))

    def point(self, name: str, point: Point) -> None:
        """See `Tracker`."""
        if self._waiting.qsize() < self._longest:
            self._put(name, lambda tracker: tracker.point(name, point))
        elif not self._noted:
            self._noted = True
            _say("The tracker is slow: some points of the curves reach it only when their run is finished.")

    def end(self, name: str, directory: Path) -> None:
        """See `Tracker`."""
        self._put(name, lambda tracker: tracker.end(name, directory))

    def close(self) -> None:
        """Wait until all is told, but not for ever."""
        self._closing.set()
        self._thread.join(self._closing_seconds)
        if self._thread.is_alive():
            _say(f"The tracker is not done after {self._closing_seconds:g} s and is left; the local records are whole.")

    def _put(self, name: str, call: Callable[[Tracker], None]) -> None:
        def unless_lost(tracker: Tracker) -> None:
            if name not in self._lost and not _succeeds(f"{name} is not tracked", lambda: call(tracker)):
                self._lost.add(name)

        self._waiting.put(unless_lost)

    def _work(self, make: Callable[[], Tracker]) -> None:
        made: list[Tracker] = []
        _succeeds("Nothing is tracked", lambda: made.append(make()))
        closing = False
        while not closing:
            closing = self._closing.wait(PAUSE_SECONDS)
            while not self._waiting.empty():
                call = self._waiting.get()
                for tracker in made:
                    call(tracker)
        for tracker in made:
            _succeeds("The tracker was not closed", tracker.close)


def _succeeds(what: str, call: Callable[[], None]) -> bool:
    """Whether a call succeeds; if not, one sentence says what its failure means, and the reason."""
    try:
        call()
    except Exception as error:
        _say(f"{what}, but training goes on: {reason(error)}.")
        return False
    return True


def reason(error: BaseException) -> str:
    """The first three lines of an exception's message, joined."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "; ".join(lines[:3]).rstrip(".") or type(error).__name__


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
