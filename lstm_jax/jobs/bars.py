"""Progress of long work: bars on a terminal, lines in a log."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console
from rich.progress import BarColumn, Progress, Task, TextColumn, TimeRemainingColumn

from lstm_jax.report.table import duration

SECONDS = 25
"""Seconds between two lines in a log about the same work: less than the 30 for which a program may be silent."""


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """Show tasks that have a field `status`; a task ends when it is as far as its total.

    On a terminal each is a bar; totals are budgets, so that the time left is the longest possible. Elsewhere each gets
    a line when it starts, one every `SECONDS`, and one when it ends.
    """
    bars = Progress(
        TextColumn("{task.description:>5}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[status]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        disable=not console.is_terminal,
    )
    stop = Event()
    log = Thread(target=_log, args=(bars, console, stop), daemon=True)
    with bars:
        if bars.disable:
            log.start()
        try:
            yield bars
        finally:
            stop.set()
            if bars.disable:
                log.join()


def _log(bars: Progress, console: Console, stop: Event) -> None:
    told: dict[int, float] = {}
    ended: set[int] = set()

    def tell(task: Task, words: str) -> None:
        told[task.id] = time.monotonic()
        console.print(f"{task.description}: {words}", highlight=False, markup=False, soft_wrap=True)

    last = False
    while not last:
        last = stop.wait(0.2)
        for task in bars.tasks:
            if task.id not in told:
                tell(task, f"started, {task.fields['status']}")
            if task.finished and task.id not in ended:
                ended.add(task.id)
                tell(task, f"ended after {duration(task.elapsed or 0)}, {task.fields['status']}")
            elif not task.finished and time.monotonic() - told[task.id] >= SECONDS:
                tell(task, _going(task))


def _going(task: Task) -> str:
    done = f"{task.completed:,.0f} of {task.total:,.0f}" if task.total else f"{task.completed:,.0f}"
    left = "" if task.time_remaining is None else f", at most {duration(task.time_remaining)} left"
    return f"{done}, {task.fields['status']}, {duration(task.elapsed or 0)} so far{left}"
