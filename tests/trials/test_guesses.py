"""A study of guessing: its records, its summary, interruption, and what is refused."""

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.report.columns import texts
from lstm_jax.report.guessing import COLUMNS
from lstm_jax.results import files
from lstm_jax.results.guesses import GuessRecord, GuessSummary
from lstm_jax.results.records import finished, typed
from lstm_jax.trials import engine, guesses

NODE = {
    "problem": "parity",
    "architecture": "a1",
    "task": {"name": "parity", "min_length": 3, "max_length": 5},
    "network": {"cell": {"name": "output_feedback", "hidden": 1}, "output_layer": False},
    "weight_range": 100.0,
    "training_sequences": 8,
    "test_sequences": 20,
    "balanced": True,
    "trials": 4,
    "seed": 3,
    "budget": 100_000,
}


def run(node, directory, chunks=None):
    """Records, and the summaries: one, or none. Killed after so many chunks."""
    steps = engine.run(guesses.read(node), directory, checkpoint_seconds=0 if chunks else 10)
    for _ in range(chunks) if chunks else iter(int, 1):
        if next(steps, None) is None:
            break
    steps.close()
    path, summaries = directory / "trials.jsonl", finished(GuessSummary, directory)
    return list(typed(GuessRecord, files.read_json_lines(path), path)) if summaries else [], summaries


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return run(NODE, tmp_path_factory.mktemp("whole"))


@pytest.mark.slow
def test_a_record_per_trial_and_a_summary(whole):
    records, (summary,) = whole
    assert [record.trial for record in records] == [0, 1, 2, 3]
    numbers = [record.guesses for record in records]
    assert len(set(numbers)) > 1
    assert summary.guesses == tuple(numbers)
    assert summary.mean == sum(numbers) / 4
    assert summary.mean_interval[0] < summary.mean < summary.mean_interval[1]
    assert (summary.solved, summary.trials, summary.weights, summary.published) == (4, 4, 7, 2906)
    assert summary.ratio == summary.mean / 2906
    assert summary.wrong == sum(record.wrong for record in records) / 4
    assert 0 <= summary.wrong < 20


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [1, 2])
def test_an_interrupted_study_goes_on_and_comes_to_the_same(whole, tmp_path, chunks):
    long = NODE | {"curve_interval": 20}
    assert run(long, tmp_path, chunks)[1] == ()
    assert (tmp_path / "checkpoint.npz").exists()
    records, (summary,) = run(long, tmp_path)
    assert records == whole[0]
    assert summary.guesses == whole[1][0].guesses
    assert {path.name for path in tmp_path.iterdir()} >= {"configuration.json", "provenance.json", "curves.npz"}
    assert not (tmp_path / "checkpoint.npz").exists()


@pytest.mark.slow
def test_the_curve_ends_with_the_guesses_there_were(whole, tmp_path):
    records, _ = run(NODE | {"curve_interval": 20}, tmp_path)
    curve = files.read_arrays(tmp_path / "curves.npz")["guesses"]
    for record, guesses_so_far in zip(records, curve.T, strict=True):
        of_trial = guesses_so_far[~np.isnan(guesses_so_far)]
        assert (np.diff(of_trial) >= 0).all()
        assert of_trial[-1] >= record.guesses


@pytest.mark.slow
def test_a_trial_is_the_same_among_few_and_many(whole, tmp_path):
    assert run(NODE | {"trials": 2}, tmp_path)[0] == whole[0][:2]


@pytest.mark.slow
def test_no_solution_is_told_with_the_number_of_guesses(tmp_path):
    _, (summary,) = run(NODE | {"budget": 1, "trials": 3}, tmp_path)
    assert (summary.solved, summary.tried, summary.mean, summary.wrong) == (0, 3, None, None)
    line = texts(COLUMNS, summary)
    assert line["mean"] == "0 in 3"
    assert line["published"] == "2,906"
    assert line["ratio"] == line["wrong"] == ""


@pytest.mark.slow
def test_with_unsolved_trials_the_mean_counts_all_guesses_there_were(whole, tmp_path):
    budget = min(whole[1][0].guesses)
    _, (summary,) = run(NODE | {"budget": budget}, tmp_path)
    assert summary.solved == 1
    assert summary.mean == 4 * budget
    assert summary.mean_interval is None


def test_published_figures_are_for_settings_without_changes(tmp_path):
    _, (summary,) = run(NODE | {"budget": 1, "trials": 1, "architecture": "a1, hidden=3"}, tmp_path)
    assert summary.published is None


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"task": {"name": "embedded_reber"}}, ["EmbeddedReber", "draw"]),
        ({"task": {"name": "adding", "length": 100}}, ["task", "two classes"]),
        ({"training_sequences": 7}, ["training_sequences", "7", "even"]),
        ({"trials": 0}, ["trials", "0", "1"]),
        ({"budget": 0}, ["budget", "0", "1"]),
        ({"weight_range": -1.0}, ["weight_range", "-1.0", "0"]),
        ({"guesses": 3}, ["guesses", "budget"]),
    ],
)
def test_bad_settings_are_refused(change, parts, tmp_path):
    with pytest.raises(InputError) as error:
        run(NODE | change, tmp_path)
    for part in parts:
        assert part in str(error.value)
