"""Programs that say nothing of themselves for long: a log gets a line when they start, go on and end."""

import io
import sys
import time
from contextlib import redirect_stdout

import pytest

from experiments import at_work as module
from experiments.at_work import at_work
from lstm_jax.jobs import bars
from tests.experiments.programs import call


def test_a_program_that_tells_of_its_work_is_never_silent_for_so_long():
    assert bars.SECONDS + 1 < module.SECONDS


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


def said(log: io.StringIO) -> list[str]:
    return log.getvalue().splitlines()


def test_a_silent_program_starts_goes_on_and_ends(log, monkeypatch):
    monkeypatch.setattr(module, "SOON", 0.02)
    monkeypatch.setattr(module, "SECONDS", 0.05)
    with redirect_stdout(log), at_work("cost"):
        while len(said(log)) < 4:
            time.sleep(0.01)
    first, *between, last = said(log)
    assert (first, last) == ("cost: started", "cost: ended after 0 s")
    assert set(between) == {"cost: 0 s so far"}


def test_a_program_that_has_spoken_is_left_alone_until_it_is_silent_again(log, monkeypatch):
    monkeypatch.setattr(module, "SOON", 0.0)
    monkeypatch.setattr(module, "SECONDS", 60)
    with redirect_stdout(log), at_work("cost"):
        while not said(log):
            time.sleep(0.01)
        print("a table")
        time.sleep(0.1)
    assert said(log) == ["cost: started", "a table", "cost: ended after 0 s"]


def test_a_quick_program_is_left_alone(log):
    with redirect_stdout(log), at_work("results"):
        print("a table")
    assert said(log) == ["a table"]


def test_a_program_that_breaks_off_is_not_said_to_have_ended(log, monkeypatch):
    monkeypatch.setattr(module, "SOON", 0.0)
    with pytest.raises(KeyboardInterrupt), redirect_stdout(log), at_work("cost"):
        while not said(log):
            time.sleep(0.01)
        raise KeyboardInterrupt
    assert said(log) == ["cost: started"]


def test_a_terminal_is_left_alone(log, monkeypatch):
    monkeypatch.setattr(log, "isatty", lambda: True)
    monkeypatch.setattr(module, "SOON", 0.0)
    with redirect_stdout(log), at_work("cost"):
        assert sys.stdout is log
    assert said(log) == []


def test_every_program_is_at_work_unless_it_only_answers(tmp_path):
    for program in ("results", "figures"):
        (tmp_path / "results").mkdir(exist_ok=True)
        assert f"{program}: started\n" in call(program, cwd=tmp_path, patience=0).stdout
        assert "started" not in call(program, "--cfg", "job", cwd=tmp_path, patience=0).stdout
