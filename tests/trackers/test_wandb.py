"""Real runs of W&B, off-line, compared with what ours left on disk."""

import http.server
import subprocess
import sys
import threading
from importlib.machinery import ModuleSpec
from types import SimpleNamespace

import numpy as np
import pytest

from lstm_jax.results import load
from lstm_jax.trackers import measures
from lstm_jax.trackers.wandb import Wandb, WandbTracker
from tests.experiments.programs import command
from tests.experiments.test_train import SMALL
from tests.results.made_runs import make_run
from tests.trackers.offline import environment, offline_runs, tell

pytestmark = pytest.mark.slow

KEY = "0" * 40


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small training that was tracked, started in an empty directory and home, with rubbish in the environment."""
    root = tmp_path_factory.mktemp("tracked")
    for name in ("runs", "home", "here"):
        (root / name).mkdir()
    fields = ("mode=offline", "project=paper", "tags=[small]")
    tracker = ("tracker=wandb", *(f"tracker.wandb.{field}" for field in fields))
    done = subprocess.run(
        command("train", *SMALL, *tracker, f"folder={root / 'runs'}"),
        capture_output=True,
        text=True,
        check=False,
        cwd=root / "here",
        env=environment(root / "home", WANDB_MODE="junk", WANDB_API_KEY="junk", WANDB_BASE_URL="http://127.0.0.1:9"),
    )
    assert done.returncode == 0, done.stderr
    (run,) = load(root / "runs").runs
    (tracked,) = offline_runs(root / "runs")
    return root, done, run, tracked


def test_a_run_of_theirs_is_one_of_ours(trained):
    _, _, run, tracked = trained
    about = tracked.about
    assert (about["run_id"], about["display_name"], about["project"]) == (run.name, run.name, "paper")
    assert (about["run_group"], about["tags"]) == ("6a", ["small"])
    config = {name: value for name, value in about["config"]["update"].items() if name != "_wandb"}
    assert config == {name: value for name, value in run.configuration.items() if value is not None} | {
        name: None for name in config if run.configuration[name] is None
    }
    assert tracked.exit_code == 0


def test_every_point_of_the_curves_is_there(trained):
    _, _, run, tracked = trained
    points, curves = tracked.points(), run.curves
    assert [point["presentations"] for point in points] == curves["presentations"].tolist()
    for i, point in enumerate(points):
        for name in ("error", "wrong_rate"):
            values = curves[name][i].astype(float)
            found = [point[f"{name}/{label}"] for label in ("mean", "q10", "median", "q90")]
            expected = [np.nanmean(values), *np.nanquantile(values, [0.1, 0.5, 0.9])]
            np.testing.assert_allclose(found, expected, rtol=1e-12)
    times = np.array([record.presentations for record in run.records])
    # A trial is known to be solved at the next point.
    expected = [(times <= at).sum() for at in curves["presentations"]]
    assert [point["solved"] for point in points] == expected
    assert points[-1]["running"] == 0


def test_every_trial_and_the_whole_are_there(trained):
    _, _, run, tracked = trained
    table = tracked.table("trials")
    lines = [dict(zip(table["columns"], line, strict=True)) for line in table["data"]]
    assert [line["trial"] for line in lines] == [0, 1, 2]
    for line, record in zip(lines, run.records, strict=True):
        assert line["presentations"] == record.presentations
        assert line["wrong_rate"] == record.end.wrong / 100
    times = [record.presentations for record in run.records]
    figures = tracked.summary
    assert (figures["solved"], figures["trials"], figures["verdict"]) == (3, 3, run.summary[0].verdict)
    assert figures["mean"] == figures["objective"] == pytest.approx(np.mean(times))
    assert figures["paper/presentations"] == 31_390


def test_the_papers_mean_is_a_vertical_line_among_the_curves(trained):
    _, _, run, tracked = trained
    table = tracked.table("curves_table")
    lines = {
        key: [(x, y) for x, other, y in table["data"] if other == key] for key in {row[1] for row in table["data"]}
    }
    assert {x for x, _ in lines["paper's mean"]} == {31_390}
    assert len(lines["paper's mean"]) == 2
    expected = np.nanmean(run.curves["error"].astype(float), axis=1)
    np.testing.assert_allclose([y for _, y in lines["mean"]], expected, rtol=1e-12)


def test_its_files_stand_beside_the_runs_and_nowhere_else(trained):
    root, done, _, _ = trained
    assert list((root / "here").iterdir()) == []
    assert not [path for path in (root / "home").rglob("*") if "wandb" in str(path.relative_to(root))]
    assert done.stderr.strip() == (
        f"W&B has off-line runs; this sends them: wandb sync {root / 'runs' / 'wandb'}/offline-run-*"
    )


def test_the_machine_is_not_described(trained):
    _, _, _, tracked = trained
    assert not tracked.kinds & {"environment", "stats", "output", "output_raw"}
    assert [path.name for path in (tracked.directory / "files").iterdir()] == ["media"]


def test_a_run_that_was_interrupted_is_told_whole_in_the_end(tmp_path):
    make_run(tmp_path, "own-1", [250, None, 90])
    tell(tmp_path, {"wandb": {"mode": "offline"}}, 0, 4)
    tell(tmp_path, {"wandb": {"mode": "offline"}}, 6, 8, "end")  # two points were lost in between, two never told
    first, second = offline_runs(tmp_path)
    assert first.about["run_id"] == second.about["run_id"] == "own-1"
    assert (first.exit_code, second.exit_code) == (1, 0)
    assert [point["presentations"] for point in first.points()] == [100, 200, 300, 400]
    assert sorted(point["presentations"] for point in second.points()) == list(range(100, 1001, 100))


def test_an_online_run_that_goes_on_is_not_told_twice(tmp_path, monkeypatch):
    """With a stand-in for their library: going on is done by their host."""
    logged: list[dict] = []
    finished: list[bool] = []
    run = SimpleNamespace(
        resumed=True,
        summary={"presentations": 400},
        log=logged.append,
        define_metric=lambda *names, **options: None,
        finish=lambda: finished.append(True),
    )
    stand_in = SimpleNamespace(
        __spec__=ModuleSpec("wandb", None),
        setup=lambda: SimpleNamespace(settings=SimpleNamespace(mode="offline", project=None)),
        Settings=dict,
        init=lambda **given: run,
        Table=dict,
        plot=SimpleNamespace(line_series=dict),
        teardown=lambda: None,
    )
    monkeypatch.setitem(sys.modules, "wandb", stand_in)
    directory = make_run(tmp_path, "own-1", [250, None, 90])
    (own,) = load(directory).runs
    tracker = WandbTracker(Wandb(mode="offline"), tmp_path)
    tracker.begin(own.name, own.configuration)
    for point in measures.recorded_points(own)[3:7]:  # the checkpoint was older than what had been told
        tracker.point(own.name, point)
    tracker.end(own.name, directory)
    assert [item["presentations"] for item in logged if "running" in item] == [500, 600, 700, 800, 900, 1000]
    assert finished == [True]


def test_runs_that_go_at_the_same_time_are_kept_apart(tmp_path):
    times = {"own-1": [250, None], "own-2": [None, 700], "own-3": [90, 10]}
    for seed, (name, needed) in enumerate(times.items()):
        make_run(tmp_path, name, needed, seed=seed)
    tell(tmp_path, {"wandb": {"mode": "offline"}}, 0, 10, "end")
    tracked = {run.about["run_id"]: run for run in offline_runs(tmp_path)}
    assert tracked.keys() == times.keys()
    for run in load(tmp_path).runs:
        found = tracked[run.name]
        assert found.about["config"]["update"]["seed"] == run.fields["seed"]
        for point, error in zip(found.points(), run.curves["error"], strict=True):
            assert point.get("error/mean", 0) == pytest.approx(np.nansum(error) / max(1, (~np.isnan(error)).sum()))
        assert found.summary["solved"] == sum(at is not None for at in times[run.name])


def test_an_agent_of_a_sweep_names_the_run(tmp_path):
    make_run(tmp_path, "own-1", [250, None])
    tell(tmp_path, {"wandb": {"mode": "offline"}}, 0, 1, "end", WANDB_SWEEP_ID="sweep1", WANDB_RUN_ID="agents1")
    (tracked,) = offline_runs(tmp_path)
    assert (tracked.about["run_id"], tracked.about["display_name"]) == ("agents1", "own-1")
    assert tracked.about["sweep_id"] == "sweep1"


class Refusing(http.server.BaseHTTPRequestHandler):
    """A host that is there and lets nobody in."""

    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        self.send_response(401)
        self.end_headers()

    def log_message(self, format, *args):
        pass


@pytest.mark.parametrize("reached", [False, True])
def test_where_the_host_refuses_the_run_is_kept_off_line(tmp_path, reached):
    make_run(tmp_path, "own-1", [250, None, 90])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1] if reached else 9
        given = {"WANDB_API_KEY": KEY, "WANDB_BASE_URL": f"http://127.0.0.1:{port}"}
        done = tell(tmp_path, {"wandb": {}}, 0, 10, "end", **given)
        server.shutdown()
    assert float(done.stdout.splitlines()[0]) < 1  # what the training had to wait
    sentences = [line for line in done.stderr.splitlines() if not line.startswith("wandb: ")]
    assert len(sentences) == 2
    assert sentences[0].startswith("W&B gets off-line runs: ")
    assert ("401" if reached else "cannot be reached") in sentences[0]
    (tracked,) = offline_runs(tmp_path)
    assert len(tracked.points()) == 10 and tracked.exit_code == 0


@pytest.mark.parametrize(
    ("given", "settings", "sentence"),
    [
        ({}, {"mode": "online"}, "W&B gets off-line runs: nobody is logged in (wandb login)."),
        ({"WANDB_API_KEY": "junk"}, {}, "W&B gets off-line runs: WANDB_API_KEY invalid"),
        ({"WANDB_MODE": "junk"}, {}, "Nothing is tracked, but training goes on: "),
    ],
)
def test_what_is_wrong_with_the_login_is_one_sentence(tmp_path, given, settings, sentence):
    make_run(tmp_path, "own-1", [250, None])
    done = tell(tmp_path, {"wandb": settings}, 0, 10, "end", **given)
    sentences = [line for line in done.stderr.splitlines() if "wandb sync" not in line]
    assert len(sentences) == 1 and sentences[0].startswith(sentence)
    assert len(offline_runs(tmp_path)) == ("WANDB_MODE" not in given)
