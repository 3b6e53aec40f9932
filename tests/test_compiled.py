"""Compiled functions are kept from call to call and from program to program, and dropped before they are too many."""

import pytest

import lstm_jax
from lstm_jax import compiled
from lstm_jax.trials import engine, lanes


@pytest.fixture
def traced(monkeypatch):
    """A function that says how often it was compiled, and the number of programs that are kept at most: 3."""
    monkeypatch.setattr(compiled, "_functions", [])
    monkeypatch.setattr(compiled, "_ended", 0)
    monkeypatch.setattr(compiled, "MOST", 3)
    calls = []

    def function(x, times):
        calls.append(times)
        return x * times

    return compiled.kept(function, static_argnames="times"), calls


def test_what_is_compiled_is_kept_for_the_next_call(traced):
    function, calls = traced
    assert [int(function(2, times=3)) for _ in range(3)] == [6, 6, 6]
    assert calls == [3]


def test_after_some_programs_it_is_dropped_and_comes_to_the_same(traced):
    function, calls = traced
    for ended in range(1, 8):
        assert int(function(2, times=5)) == 10
        compiled.program_ended()
        assert len(calls) == 1 + (ended - 1) // 3


@pytest.mark.slow
def test_every_run_counts_as_a_program_and_its_step_is_among_what_is_dropped(tmp_path, monkeypatch):
    assert {lanes._start, lanes._advance} <= set(compiled._functions)
    order = lstm_jax.experiment("6a", trials=1, budget=2000)
    before = compiled._ended
    for seed in range(2):
        list(engine.run_together([(order, tmp_path / str(seed))]))
    assert compiled._ended == before + 2
