"""Runs that are lanes of one program: each comes to what it comes to alone, whatever becomes of the others."""

from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lstm_jax.results import files
from lstm_jax.results.records import finished
from lstm_jax.results.training import Summary
from lstm_jax.trials import engine, lanes
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.engine import alike, run, run_together
from lstm_jax.trials.protocol import Experiment
from tests.trials.test_checkpoints import NODE


def changed(node: dict, **values) -> dict:
    """The node with other values at dotted paths, dots written as double underscores."""
    new = {key: dict(value) if isinstance(value, dict) else value for key, value in node.items()}
    for path, value in values.items():
        *parts, last = path.split("__")
        inner = new
        for part in parts:
            inner[part] = dict(inner[part])
            inner = inner[part]
        inner[last] = value
    return new


BASE = changed(NODE, network__output_squashing="identity", network__cell__input_gate_bias=[-1.0], trials=3)
CASES = [
    BASE,
    changed(BASE, seed=5, trials=4),
    changed(BASE, optimizer__learning_rate=1.5),
    changed(BASE, network__cell__input_gate_bias=[-4.0], weight_range=0.3),
    changed(BASE, task__tolerance=0.49, task__positions=[[1, 2], [4, 8]]),
    changed(BASE, weight_range=3e38),
]
REBER = {
    "row": "mine",
    "task": {"name": "embedded_reber", "training_strings": 24, "test_strings": 16},
    "network": {"cell": {"name": "memory_blocks", "blocks": 2, "block_size": 1, "output_gate_bias": [-1.0, -2.0]}},
    "criterion": {
        "name": "examination",
        "sequences": 40,
        "fewer_wrong_than": [1],
        "mean_error_below": [None],
        "interval": 100,
    },
    "gradient": "truncated",
    "optimizer": {"learning_rate": 0.2},
    "weight_range": 0.2,
    "trials": 2,
    "budget": 200,
    "test_sequences": 40,
    "curve_interval": 100,
}


# So many outputs that lanes take turns one by one.
WIDE = changed(
    REBER,
    task={"name": "two_symbols", "p": 64, "judged_at": "end"},
    network={
        "cell": {
            "name": "memory_blocks",
            "blocks": 1,
            "block_size": 1,
            "output_gates": False,
            "output_gate_bias": "none",
        },
        "outputs_see_inputs": True,
    },
    criterion={"name": "window", "size": 20, "fewer_wrong_than": [1]},
    construction={"interval": 30},
    trials=3,
    budget=500,
)


def read(nodes: list[dict]) -> list[Experiment]:
    read: list[Experiment] = [experiments.read(node) for node in nodes]
    assert len({alike(experiment) for experiment in read}) == 1
    return read


def place(folder: Path, nodes: list[dict]) -> list[tuple[Experiment, Path]]:
    return [(experiment, folder / str(i)) for i, experiment in enumerate(read(nodes))]


def assert_same(a: Path, b: Path) -> None:
    for name in ("trials.jsonl", "configuration.json"):
        assert (a / name).read_text() == (b / name).read_text()
    ours, theirs = files.read_arrays(a / "curves.npz"), files.read_arrays(b / "curves.npz")
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name])


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    for experiment, directory in place(folder, CASES):
        list(run(experiment, directory))
    return folder


@pytest.fixture
def narrow(monkeypatch) -> None:
    """With eight lanes to a block there are several; elsewhere there is one."""
    monkeypatch.setitem(lanes.TILE, "cpu", 8)


@pytest.mark.slow
def test_every_run_comes_to_what_it_comes_to_alone(narrow, alone, tmp_path):
    *_, last = run_together(place(tmp_path, CASES), devices=(0,))
    assert last.running == 0
    for i in range(len(CASES)):
        assert_same(tmp_path / str(i), alone / str(i))
    # The cases do differ: what varies is not ignored.
    assert len({(tmp_path / str(i) / "trials.jsonl").read_text() for i in range(len(CASES))}) == len(CASES)


@pytest.mark.slow
def test_lanes_of_a_wide_network_come_to_the_same_on_any_number_of_devices(tmp_path):
    nodes = [WIDE, changed(WIDE, seed=1, trials=2)]
    for experiment, directory in place(tmp_path / "alone", nodes):
        list(run(experiment, directory, devices=(0,)))
    steps = run_together(place(tmp_path / "together", nodes), checkpoint_seconds=0)
    next(steps)
    steps.close()
    list(run_together(place(tmp_path / "together", nodes)))
    for i in range(2):
        assert_same(tmp_path / "together" / str(i), tmp_path / "alone" / str(i))


@pytest.mark.slow
def test_trials_that_diverge_leave_the_others_alone(alone):
    diverged = [record["diverged"] for record in files.read_json_lines(alone / "5" / "trials.jsonl")]
    assert all(diverged)
    assert not any(record["diverged"] for record in files.read_json_lines(alone / "0" / "trials.jsonl"))


def presentations(directory: Path) -> int:
    """Made by the checkpoint in this directory, if there is one."""
    path = directory / "checkpoint.npz"
    return int(files.read_arrays(path)["state_0"]) if path.exists() else 0


@pytest.mark.slow
def test_interrupted_runs_meet_again(narrow, alone, tmp_path, monkeypatch):
    # Saving takes no time, and between two points there is enough to do it.
    monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=count(step=100).__next__))
    cases = [*range(4), 5]  # The last one has ended before the first is reached.
    jobs = place(tmp_path, [CASES[i] for i in cases])
    for some, chunks in ((jobs[:1], 2), (jobs[1:3], 1)):
        steps = run_together(some, checkpoint_seconds=0)
        for _ in range(chunks):
            next(steps)
        steps.close()
    assert [presentations(directory) for _, directory in jobs] == [200, 100, 100, 0, 0]
    points = []
    for report in run_together(jobs, checkpoint_seconds=0):
        points += [np.concatenate([*point.curves.values()]) for i, point in report.points.items() if i < 4]
        for i in report.points.keys() - report.ended:
            assert presentations(jobs[i][1]) == report.points[i].clock
            error = files.read_arrays(jobs[i][1] / "checkpoint.npz")["error"]
            assert error.shape[0] == report.points[i].clock // 100
    assert len(points) == 1 + 2 + 2 + 3 and np.isfinite(np.concatenate(points)).all()
    for i, case in enumerate(cases):
        assert_same(tmp_path / str(i), alone / str(case))
        assert not (tmp_path / str(i) / "checkpoint.npz").exists()


@pytest.mark.slow
def test_a_run_that_fails_is_reported_and_the_others_finish(alone, tmp_path):
    jobs = place(tmp_path, CASES[:4])
    for damaged in (1, 3):
        jobs[damaged][1].mkdir()
    (jobs[1][1] / "checkpoint.npz").write_text("hello")
    with files.locked(jobs[3][1]):
        reports = list(run_together(jobs))
    failed = {i: str(error) for report in reports for i, error in report.failed.items()}
    assert failed.keys() == {1, 3} == reports[0].failed.keys()
    assert "is damaged" in failed[1] and "is in use" in failed[3]
    assert sorted(i for report in reports for i in report.ended) == [0, 2]
    assert (jobs[1][1] / "checkpoint.npz").read_text() == "hello"
    for i in (0, 2):
        assert_same(tmp_path / str(i), alone / str(i))
    assert finished(Summary, jobs[3][1]) == ()


@pytest.mark.slow
def test_a_directory_that_vanishes_takes_nobody_with_it(alone, tmp_path, monkeypatch):
    jobs = place(tmp_path, CASES[:3])
    write = files.write_arrays

    def full(path, arrays):
        if path.parent == jobs[1][1]:
            raise OSError(28, "No space left on device")
        write(path, arrays)

    monkeypatch.setattr(files, "write_arrays", full)
    reports = list(run_together(jobs, checkpoint_seconds=0))
    assert {i for report in reports for i in report.failed} == {1}
    for i in (0, 2):
        assert_same(tmp_path / str(i), alone / str(i))


@pytest.mark.slow
def test_sets_of_other_seeds_of_a_finite_task(tmp_path):
    nodes = [REBER, changed(REBER, seed=3), changed(REBER, seed=4, network__cell__output_gate_bias=[-3.0, 0.0])]
    list(run_together(place(tmp_path / "together", nodes), devices=(0,)))
    for i, (experiment, directory) in enumerate(place(tmp_path / "alone", nodes)):
        list(run(experiment, directory, devices=(0,)))  # by the same programs
        assert_same(tmp_path / "together" / str(i), directory)


@pytest.mark.parametrize(
    "other",
    [
        changed(BASE, budget=400),
        changed(BASE, curve_interval=50),
        changed(BASE, gradient="bptt"),
        changed(BASE, network__cell__input_gate_bias="random"),
        changed(BASE, task__max_length=12),
    ],
)
def test_what_cannot_be_lanes_of_one_program(other):
    assert alike(experiments.read(BASE)) != alike(experiments.read(other))
