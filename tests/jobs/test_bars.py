"""How far work is: in a log a line at the start, now and then, and at the end."""

import io
import time

import pytest
from rich.console import Console

from lstm_jax.jobs import bars as progress_bars
from tests.experiments.programs import run


@pytest.fixture
def log() -> Console:
    return Console(file=io.StringIO(), width=40)


def lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.slow
def test_a_log_has_lines_even_while_nothing_new_is_known(log, monkeypatch):
    monkeypatch.setattr(progress_bars, "SECONDS", 0.5)
    with progress_bars.progress(log) as bars:
        task = bars.add_task("6a", total=3000, status="compiling")
        time.sleep(1.5)
        bars.update(task, completed=500, status="1/20 solved")
        time.sleep(0.1)
        bars.update(task, completed=1000, status="3/20 solved")
        time.sleep(1.5)
        bars.update(task, total=1000)
    first, *between, last = lines(log)
    assert first == "6a: started, compiling"
    assert last.startswith("6a: ended after") and last.endswith("3/20 solved")
    assert any("0 of 3,000, compiling" in line for line in between)
    assert any("1,000 of 3,000, 3/20 solved" in line and " left" in line for line in between)
    assert len(between) <= 6


def test_a_log_tells_of_work_that_breaks_off_that_it_started_and_no_more(log):
    with pytest.raises(KeyboardInterrupt), progress_bars.progress(log) as bars:
        bars.add_task("[odd]", total=1, status="compiling")
        raise KeyboardInterrupt
    assert lines(log) == ["[odd]: started, compiling"]


def test_times_in_a_log_do_not_follow_a_clock_that_is_put_back(log, monkeypatch):
    monkeypatch.setattr(time, "time", iter(range(10**9, 0, -(10**6))).__next__)
    with progress_bars.progress(log) as bars:
        bars.update(bars.add_task("6a", total=1, status="compiling"), completed=1, status="1/1 solved")
    assert lines(log) == ["6a: started, 1/1 solved", "6a: ended after 0 s, 1/1 solved"]


def test_a_terminal_gets_bars_and_no_lines():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with progress_bars.progress(console) as bars:
        bars.update(bars.add_task("6a", total=1, status="compiling"), completed=1)
    assert "started" not in console.file.getvalue() and "━" in console.file.getvalue()  # pyright: ignore


@pytest.mark.slow
def test_a_program_whose_output_is_redirected_says_when_it_starts_and_ends(tmp_path):
    done = run("train", "experiment=6a", "trials=1", "budget=2000", f"folder={tmp_path}")
    assert "6a: started, compiling\n" in done.stdout
    assert "6a: ended after" in done.stdout
