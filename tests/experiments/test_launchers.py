"""The program that measures sweeps: its commands are those of a user, and what is refused."""

import pytest

from experiments import launchers
from tests.experiments.programs import call


def test_a_sweep_has_as_many_jobs_as_were_asked_for(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(launchers, "timed", lambda *arguments: asked.append(arguments) or 1.0)
    assert launchers.sweep(8, tmp_path, "experiment=6a") == launchers.job(0.5, tmp_path, "experiment=6a") == 1.0
    (multirun, *swept, folder, row), (rate, *_) = asked
    assert (multirun, folder, row, rate) == ("-m", f"folder={tmp_path}", "experiment=6a", "optimizer.learning_rate=0.5")
    assert swept == ["seed=range(0,2)", "optimizer.learning_rate=0.1,0.2,0.5,1.0"]


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("jobs=6", "jobs is 6: it should be a multiple of 4."),
        ("alone=4000", "alone is 4000: it should be at most jobs, "),
        ("budget=0", "budget is 0: it should be greater than or equal to 1."),
    ],
)
def test_bad_input_gets_one_sentence(argument, sentence, tmp_path):
    done = call("launchers", "jobs=400", argument, f"folder={tmp_path}")
    assert done.returncode == 2
    assert done.stderr.startswith(sentence) and len(done.stderr.splitlines()) == 1
