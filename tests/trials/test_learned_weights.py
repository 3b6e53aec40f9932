"""What nets have learned is kept, whatever happens to the process, and is what their records say of it."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.results import files, intact, load
from lstm_jax.safetensors import decoded
from lstm_jax.trees import filled
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials.engine import run
from lstm_jax.trials.experiment import TEST
from lstm_jax.trials.lanes import trial_key
from lstm_jax.trials.training import test as shown

NODE = {
    "row": "mine",
    "task": {"name": "temporal_order", "positions": [[1, 3], [5, 7]], "min_length": 10, "max_length": 11},
    "network": {"cell": {"name": "lstm", "units": 4}},
    "criterion": {"name": "window", "size": 100, "fewer_wrong_than": [60]},
    "gradient": "bptt",
    "optimizer": {"name": "adam", "learning_rate": 0.03},
    "weight_range": 0.1,
    "trials": 3,
    "seed": 0,
    "budget": 1000,
    "curve_interval": 100,
    "test_sequences": 50,
}
EXPERIMENT = experiments.read(NODE)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("whole")
    list(run(EXPERIMENT, directory))
    return directory


def interrupted(directory: Path) -> None:
    """Go on for one point of the curves, and write a checkpoint."""
    steps = run(EXPERIMENT, directory, checkpoint_seconds=0)
    next(steps, None)
    steps.close()


@pytest.mark.slow
def test_weights_of_every_trial_are_those_that_were_tested(whole):
    (found,) = load(whole).runs
    solved = [record.solved for record in found.records]
    assert len(set(solved)) == 2, "some trials should be solved, and some not"
    network, tested = EXPERIMENT.trial.network, jax.jit(shown, static_argnames="sequences")
    blank = jax.eval_shape(lambda: network.init(jax.random.key(0), jnp.float32(1)))
    for record in found.records:
        own = filled(blank, {name: w[..., record.trial] for name, w in found.weights.items()}, "")
        key = jax.random.fold_in(trial_key(EXPERIMENT.settings.seed, record.trial), TEST)
        results = tested(EXPERIMENT.numbers, own, key, (), sequences=EXPERIMENT.settings.test_sequences)
        assert results["wrong"].item() == record.end.wrong
        np.testing.assert_allclose(results["mean_absolute_error"], record.end.mean_absolute_error, rtol=1e-5)


@pytest.mark.slow
def test_a_run_that_is_interrupted_after_every_point_keeps_the_same_bytes(whole, tmp_path):
    while not (tmp_path / "summary.json").exists():
        interrupted(tmp_path)
    assert (tmp_path / intact.WEIGHTS).read_bytes() == (whole / intact.WEIGHTS).read_bytes()


@pytest.mark.slow
def test_the_file_says_what_was_run_and_has_its_checksum(whole, tmp_path):
    path = whole / intact.WEIGHTS
    arrays, metadata = decoded(path.read_bytes(), path)
    assert json.loads(metadata["configuration"]) == json.loads((whole / "configuration.json").read_text())
    (found,) = load(whole).runs
    assert found.net == {"inputs": 8, "outputs": 4, "symbols": True}
    assert arrays["hidden.input_gate.input"].shape == (4, EXPERIMENT.trial.task.inputs, 3)
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in whole.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / intact.WEIGHTS).write_bytes(path.read_bytes()[:-1] + b"\x7f")
    (damaged,) = load(copy).runs
    with pytest.raises(InputError, match=r"weights\.safetensors is not what was written there"):
        _ = damaged.weights
    (copy / intact.WEIGHTS).unlink()
    (without,) = load(copy).runs
    assert without.finished
    with pytest.raises(InputError, match=r"weights\.safetensors is missing: the run is not finished, is of a version"):
        _ = without.weights


@pytest.mark.slow
def test_a_checkpoint_from_before_there_were_weights_goes_on_without_them(whole, tmp_path):
    checkpoint = tmp_path / "checkpoint.npz"
    while not (checkpoint.exists() and json.loads(str(np.load(checkpoint)["records"]))):
        interrupted(tmp_path)
    arrays = files.read_arrays(checkpoint)
    assert any(name.startswith("weights") for name in arrays)
    files.write_arrays(checkpoint, {name: array for name, array in arrays.items() if not name.startswith("weights")})
    list(run(EXPERIMENT, tmp_path))
    assert (tmp_path / "trials.jsonl").read_bytes() == (whole / "trials.jsonl").read_bytes()
    assert not (tmp_path / intact.WEIGHTS).exists() and load(tmp_path).runs[0].finished
