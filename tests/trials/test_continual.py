"""A study of nets on endless streams: its records, its summary, interruption, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.report.columns import texts
from lstm_jax.report.continual import COLUMNS, document, notes
from lstm_jax.report.documents import streams
from lstm_jax.results import files
from lstm_jax.results.records import finished, plain, typed
from lstm_jax.results.streams import StreamRecord, StreamSummary
from lstm_jax.trials import continual, engine

NODE = {
    "variant": "forget",
    "reading": "",
    "task": {"name": "continual_reber", "judged_by": "error", "tolerance": 0.6},
    "network": {
        "cell": {"name": "forget_gates", "blocks": 1, "block_size": 1, "gate_recurrence": False},
        "output_bias": "random",
        "outputs_see_inputs": True,
    },
    "weight_range": 0.2,
    "optimizer": {"learning_rate": 0.5, "schedule": {"name": "exponential", "factor": 0.99}},
    "external_reset": False,
    "training_symbols": 40,
    "test_symbols": 4,
    "test_streams": 2,
    "training_streams": 101,
    "trials": 20,
    "seed": 2,
    "budget": 600,
    "curve_interval": 100,
}


def kill(node, directory, chunks):
    """Stop after so many chunks, with a checkpoint after each."""
    course = engine.run(continual.read(node), directory, checkpoint_seconds=0)
    for _ in range(chunks):
        next(course)
    course.close()


def run(node, directory):
    """Records, summary without its times, and curves."""
    for _ in engine.run(continual.read(node), directory):
        pass
    path = directory / "trials.jsonl"
    records = list(typed(StreamRecord, files.read_json_lines(path), path))
    (summary,) = finished(StreamSummary, directory)
    with np.load(directory / "curves.npz") as arrays:
        curves = {name: arrays[name] for name in arrays.files}
    return records, replace(summary, seconds=0.0), curves


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return run(NODE, tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
def test_a_record_per_net_and_a_summary(whole):
    records, summary, curves = whole
    assert [record.trial for record in records] == list(range(20))
    solved = [record for record in records if record.solved]
    cut_short = [record for record in records if record.cut_short]
    given_up = [record for record in records if record.streams == 101 and not record.cut_short]
    assert solved and cut_short and given_up
    assert all(record.longest_test == 8 for record in solved)
    assert len(solved) + len(cut_short) + len(given_up) == 20
    assert (summary.trials, summary.solved, summary.cut_short) == (20, len(solved), len(cut_short))
    assert summary.mean == np.mean([record.streams for record in solved])
    assert summary.rest == 20 - len(solved)
    assert summary.good == 0
    assert summary.rest_length == pytest.approx(np.mean([np.mean(r.test) for r in records if not r.solved]))
    assert summary.confirmed == sum(sum(record.test) == 8 for record in solved)
    assert curves["symbols"].tolist() == [100, 200, 300, 400, 500, 600]
    # A net that has ended has no further points.
    for name in ("streams", "trained"):
        last = [net[~np.isnan(net)][-1] for net in curves[name].T]
        assert last == [getattr(record, name) for record in records]


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [1, 4])
def test_a_study_that_was_killed_comes_to_the_same_bits(whole, tmp_path, chunks):
    kill(NODE, tmp_path, chunks)
    assert (tmp_path / "checkpoint.npz").exists()
    assert not (tmp_path / "summary.json").exists()
    records, summary, curves = run(NODE, tmp_path)
    assert (records, summary) == whole[:2]
    for name, curve in whole[2].items():
        np.testing.assert_array_equal(curves[name], curve)
    assert not (tmp_path / "checkpoint.npz").exists()


@pytest.mark.slow
def test_a_net_is_the_same_among_few_and_many(whole, tmp_path):
    assert run(NODE | {"trials": 3}, tmp_path)[0] == whole[0][:3]


@pytest.mark.slow
def test_a_checkpoint_of_another_configuration_or_a_damaged_one_is_refused(tmp_path):
    kill(NODE, tmp_path, 1)
    with pytest.raises(InputError, match="another configuration"):
        run(NODE | {"seed": 3}, tmp_path)
    (tmp_path / "checkpoint.npz").write_bytes(b"no")
    with pytest.raises(InputError, match="damaged"):
        run(NODE, tmp_path)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"task": {"name": "embedded_reber"}}, ["task.name", "embedded_reber", "continual_reber"]),
        ({"task": {"name": "continual_reber", "tolerance": 2.0}}, ["task.tolerance", "2.0"]),
        ({"network": {"cell": {"name": "gru", "hidden": 2}}}, ["network.cell.name", "gru", "forget_gates"]),
        ({"test_symbols": 2**31 - 1}, ["test_symbols", "2147483647", "1073741824"]),
        ({"optimizer": {"learning_rate": -0.5}}, ["optimizer.learning_rate", "-0.5", "0"]),
        ({"trials": 0}, ["trials", "0"]),
        ({"streams": 1}, ["streams", "curve_interval"]),
    ],
)
def test_bad_settings_are_refused(change, parts):
    with pytest.raises(InputError) as error:
        continual.read(NODE | change)
    for part in parts:
        assert part in str(error.value)


@pytest.mark.slow
def test_the_table_shows_ours_beside_the_published_figures(whole):
    summary = replace(whole[1], trials=16, solved=4, solved_interval=(0.102, 0.495), mean=11933.0)
    line = texts(COLUMNS, summary)
    assert line["nets"] == "forget gates"
    assert line["solved"] == "4/16\n[10, 50 %]"
    assert line["published solved"] == "18 %"
    assert (line["mean"], line["published mean"]) == ("11.9k", "18.9k")
    assert line["published good"] == "29 %, 39.2k"
    own = texts(COLUMNS, replace(summary, variant="mine", mean=None))
    assert own["nets"] == "mine" and own["published solved"] == own["published mean"] == own["mean"] == ""
    lines = document([summary, replace(summary, variant="reset")]).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| standard LSTM, external reset", "| forget gates"]
    assert any("cut short" in note for note in notes([summary]))


@pytest.mark.slow
def test_a_document_shows_the_nets_of_one_reading(whole, tmp_path):
    origin = {"command": "continual", "commit": "abc", "processor": "some", "cores": 2}
    changes: list[dict[str, str]] = [{"variant": "forget"}, {"variant": "reset"}, {"reading": "targets=possible"}]
    for i, change in enumerate(changes):
        (tmp_path / f"net-{i}").mkdir()
        (tmp_path / f"net-{i}" / "summary.json").write_text(json.dumps(plain(replace(whole[1], **change))))
        (tmp_path / f"net-{i}" / "provenance.json").write_text(json.dumps(origin))
    assert len([line for line in streams(tmp_path, "").splitlines() if line.startswith("| ")]) == 4
    assert len([line for line in streams(tmp_path, "targets=possible").splitlines() if line.startswith("| ")]) == 3
    with pytest.raises(InputError, match="continual is"):
        streams(tmp_path, "other")
