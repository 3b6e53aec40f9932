"""What a program says of itself in a log, where nothing else says that it is at work."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from threading import Event, Thread
from typing import Any

SOON = 5.0
"""Seconds after which a program that has said nothing yet says that it has started."""

SECONDS = 30.0
"""Longest time, in seconds, in which a program says nothing."""


class _Heard:
    """A stream that knows when it was last written to."""

    def __init__(self, stream: Any) -> None:
        self.stream, self.last = stream, time.monotonic()

    def write(self, text: str) -> int:
        """As the stream does."""
        self.last = time.monotonic()
        return self.stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def at_work(program: str) -> Iterator[None]:
    """Where the output is no terminal: let a long program say when it starts, that it goes on, and when it ends.

    It speaks where the program itself says nothing: for `SOON` at first, and for `SECONDS` later. Programs that are
    quick, or that tell of their work themselves, are left alone.
    """
    if sys.stdout.isatty():
        yield
        return
    heard, stop, began = _Heard(sys.stdout), Event(), time.monotonic()
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        heard.write(f"{program}: {words}\n")
        heard.flush()

    def watch() -> None:
        heard.last = began
        while True:
            limit = SECONDS if heard.last > began else SOON
            if stop.wait(max(0.0, heard.last + limit - time.monotonic())):
                return
            if time.monotonic() - heard.last >= limit:
                say(f"{time.monotonic() - began:,.0f} s so far" if heard.last > began else "started")

    watching = Thread(target=watch, daemon=True)
    with redirect_stdout(heard):  # pyright: ignore[reportArgumentType], it has what the stream has
        watching.start()
        try:
            yield
            if said:
                say(f"ended after {time.monotonic() - began:,.0f} s")
        finally:
            stop.set()
            watching.join()
