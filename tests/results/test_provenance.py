"""A run's provenance names every process that worked on it."""

import json
import platform
import sys
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from pathlib import Path

import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import provenance


def processes(monkeypatch, tmp_path: Path, *commits: str | None) -> dict:
    """What is written when one process after the other goes on with a run."""
    for i, commit in enumerate(commits):
        monkeypatch.setattr(provenance, "describe", lambda commit=commit: {"command": "train", "commit": commit})
        provenance.note(tmp_path, continued=i > 0)
    found = json.loads((tmp_path / "provenance.json").read_text())
    assert found.pop("checksums") == "SHA256SUMS"  # of the run, not of a process
    return found


def test_a_run_of_one_process_has_nothing_before(monkeypatch, tmp_path):
    assert processes(monkeypatch, tmp_path, "a") == {"command": "train", "commit": "a"}
    assert processes(monkeypatch, tmp_path, "a", "a", "a") == {"command": "train", "commit": "a"}


def test_processes_that_differ_are_kept_in_their_order(monkeypatch, tmp_path):
    found = processes(monkeypatch, tmp_path, "a", "b", "b", None, "c")
    assert [other["commit"] for other in found["before"]] == ["a", "b", None]
    assert provenance.commits(found) == ["a", "b", "unknown", "c"]


def under(release: str) -> dict:
    return {"command": "train", "commit": "a", "versions": {"jax": release, "jaxlib": release}}


def test_a_run_that_goes_on_under_another_jaxlib_names_both_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(provenance, "describe", lambda: under("0.10.1"))
    provenance.note(tmp_path, continued=False)
    provenance.note(tmp_path, continued=True)
    monkeypatch.setattr(provenance, "describe", lambda: under("0.12.0"))
    with pytest.warns(RuntimeWarning, match=r"another jaxlib \(0\.10\.1 and 0\.12\.0\): it comes to other bits"):
        provenance.note(tmp_path, continued=True)
    assert provenance.releases(json.loads((tmp_path / "provenance.json").read_text())) == ["0.10.1", "0.12.0"]


def test_what_bits_belong_to_is_written_down(tmp_path):
    provenance.note(tmp_path, continued=False)
    here = json.loads((tmp_path / "provenance.json").read_text())
    assert provenance.releases(here) == [version("jaxlib")] and here["versions"]["jax"] == version("jax")
    assert here["python"] == platform.python_version() and here["processor"]
    assert provenance.releases({"command": "train", "commit": "a"}) == []  # as runs were recorded at first


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


@pytest.mark.parametrize(
    ("present", "ours", "told"), [("--a=1 --b", "--b", "--a=1"), ("--b", "--b", None), ("", "", None)]
)
def test_settings_of_xla_are_told_where_they_are_the_users(present, ours, told, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", present)
    monkeypatch.setenv("LSTM_JAX_XLA_FLAGS", ours)
    assert provenance.describe().get("xla_flags") == told
