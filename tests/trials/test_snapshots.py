"""Snapshots show trials on the very course that they take in a run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import arrays
from lstm_jax.results import files
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import lanes
from lstm_jax.trials.engine import run
from lstm_jax.trials.snapshots import snapshots
from lstm_jax.trials.training import grown
from tests.trials.test_together import BASE, WIDE, changed


# So many trials that they are several blocks of lanes; and a wide network, every trial of which is one.
@pytest.mark.slow
@pytest.mark.parametrize("node", [changed(BASE, trials=20), changed(WIDE, trials=5)], ids=["narrow", "wide"])
def test_weights_are_those_of_a_run(node, tmp_path, monkeypatch):
    monkeypatch.setitem(lanes.TILE, "cpu", 8)
    experiment = experiments.read(changed(node, curve_interval=100))
    steps = run(experiment, tmp_path, checkpoint_seconds=0)
    next(steps)
    steps.close()
    path, over = tmp_path / "checkpoint.npz", lanes.mesh()
    kept_arrays = files.read_arrays(path)
    _, like = lanes.begin(arrays(experiment.trial, (1,)), 0, np.arange(1), over)
    state = jax.tree.map(jnp.asarray, lanes.unpack(kept_arrays, like._replace(data=()), path))
    kept = np.flatnonzero(kept_arrays["trial_of_lane"] >= 0)
    assert sorted(kept_arrays["trial_of_lane"][kept]) == list(range(node["trials"]))

    assert int(state.clock) == 100
    first, then = snapshots(experiment, [40, 100])
    assert (first.presentations, then.presentations) == (40, 100) and then.running.all()
    shown, saved = jax.tree.leaves(then.weights), jax.tree.leaves(grown(experiment.trial, state))
    assert any((a != b).any() for a, b in zip(jax.tree.leaves(first.weights), shown, strict=True))
    for ours, theirs in zip(shown, saved, strict=True):
        np.testing.assert_array_equal(ours[..., kept_arrays["trial_of_lane"][kept]], np.asarray(theirs)[..., kept])
