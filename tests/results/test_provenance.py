"""A run's provenance names every process that worked on it."""

import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import provenance


def processes(monkeypatch, tmp_path: Path, *commits: str | None) -> dict:
    """What is written when one process after the other goes on with a run."""
    for i, commit in enumerate(commits):
        monkeypatch.setattr(provenance, "describe", lambda commit=commit: {"command": "train", "commit": commit})
        provenance.note(tmp_path, continued=i > 0)
    return json.loads((tmp_path / "provenance.json").read_text())


def test_a_run_of_one_process_has_nothing_before(monkeypatch, tmp_path):
    assert processes(monkeypatch, tmp_path, "a") == {"command": "train", "commit": "a"}
    assert processes(monkeypatch, tmp_path, "a", "a", "a") == {"command": "train", "commit": "a"}


def test_processes_that_differ_are_kept_in_their_order(monkeypatch, tmp_path):
    found = processes(monkeypatch, tmp_path, "a", "b", "b", None, "c")
    assert [other["commit"] for other in found["before"]] == ["a", "b", None]
    assert provenance.commits(found) == ["a", "b", "unknown", "c"]


def test_a_run_that_begins_anew_forgets(monkeypatch, tmp_path):
    processes(monkeypatch, tmp_path, "a", "b")
    assert processes(monkeypatch, tmp_path, "c") == {"command": "train", "commit": "c"}


@pytest.mark.parametrize("text", ["{", "[]", "3"])
def test_what_is_damaged_is_not_passed_over(tmp_path, text):
    (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(InputError, match=r"provenance\.json is damaged; remove it to continue this run\.$"):
        provenance.note(tmp_path, continued=True)
    assert (tmp_path / "provenance.json").read_text() == text


@pytest.mark.parametrize(
    ("first", "module", "command"),
    [
        ("lstm-jax train", None, "lstm-jax train 'seed=range(0,3)'"),
        ("lstm-jax train", "lstm_jax.__main__", "lstm-jax train 'seed=range(0,3)'"),
        ("experiments/train.py", "experiments.train", "python -m experiments.train 'seed=range(0,3)'"),
        ("/home/me/six_a.py", None, "six_a.py 'seed=range(0,3)'"),
    ],
)
def test_the_command_can_be_typed_again(first, module, command, monkeypatch):
    monkeypatch.setattr(sys, "argv", [first, "seed=range(0,3)"])
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", module and ModuleSpec(module, None))
    assert provenance.describe()["command"] == command
