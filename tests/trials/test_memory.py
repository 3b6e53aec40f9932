"""Sizes beyond the machine are refused in one sentence, before anything starts; what fits is not."""

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.trials import experiment as experiments
from lstm_jax.trials import memory
from lstm_jax.trials.protocol import RECORD
from tests.experiments.programs import call
from tests.trials.test_checkpoints import NODE

SMALL = ["row=x", "budget=2000"]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (
            ["network.cell.blocks=1000000", "network.cell.input_gate_bias=-1"],
            ["network.cell.blocks is 1000000: ", "copies of a net of 16,0", "weights take", " TiB"],
        ),
        (["trials=1000000000"], ["trials is 1000000000: weights and records of 1,000,000,000 trials take", " GiB"]),
        (["experiment=1-1", "trials=10000000"], ["trials is 10000000: own sets of 10,000,000 trials take"]),
        (["budget=2000000000", "curve_interval=1"], ["budget is 2000000000: curves of 2,000,000,000 points of "]),
        (
            ["network=tests.cells.functions.step", "network.cell.units=1000000"],
            ["network.cell.units is 1000000: ", "copies of a net of 1,0", "weights"],
        ),
        (
            ["optimizer.batch=10000000", "curve_interval=10000000", "budget=10000000"],
            ["optimizer.batch is 10000000: 80,000,000 sequences of 11"],
        ),
        (["-m", "seed=range(0,1000000000)"], ["seed has 1,000,000,000 values", "1,000,000,000 jobs", " GiB"]),
        (["-m", "seed=range(0,100000)", "alpha=range(1,100000)"], ["the sweep has 9,999,900,000 jobs"]),
    ],
)
def test_what_takes_more_than_there_is_gets_one_sentence(arguments, parts, tmp_path):
    # From the root of the repository, from where `tests` can be imported.
    small = [] if "experiment=1-1" in arguments else SMALL
    flags = [argument for argument in arguments if argument == "-m"]
    rest = [argument for argument in arguments if argument != "-m"]
    done = call("train", *flags, *small, *rest, f"folder={tmp_path}")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert [part for part in [*parts, "of memory", "this machine has"] if part not in done.stderr] == [], done.stderr
    assert not list(tmp_path.glob("*/configuration.json"))


def test_by_hand_to_the_byte(monkeypatch):
    """Two trials of a net of 32 weights, three points of two curves; one stage; 2,560 tests of 11 steps."""
    weights = experiments.read(NODE).trial.weight_count
    sequence = 4 * (11 + 4 + 1)  # symbols, targets, length
    carry = sum(leaf.size for leaf in experiments.read(NODE).trial.network.cell.initial_carry((), np.dtype("float32")))
    needed = (
        2 * (4 * weights + RECORD)
        + 2 * 3 * 2 * 4
        + 4 * 8 * weights * 3
        + 8 * 4 * carry
        + 8 * sequence
        + 2560 * sequence
    )
    monkeypatch.setattr(memory, "memory", lambda: needed)
    experiments.read(NODE)
    monkeypatch.setattr(memory, "memory", lambda: needed - 1)
    with pytest.raises(InputError, match=r"^2,560 test sequences of 11 steps take 0 MiB of the 0 MiB of memory"):
        experiments.read(NODE)
