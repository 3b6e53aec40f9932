"""The program of continual prediction as a user meets it, and its variants."""

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from lstm_jax import options
from lstm_jax.cells import ForgetGates, MemoryBlocks, StateDecay
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.learners.optimizers import SGD
from lstm_jax.paper.continual import PUBLISHED
from lstm_jax.places import CONFIGS
from lstm_jax.results.records import finished
from lstm_jax.results.streams import StreamSummary
from lstm_jax.tasks.continual_reber import ContinualReber
from lstm_jax.trials import continual
from tests.experiments.programs import call
from tests.test_options import leaves

BIAS = (-0.5, -1, -1.5, -2)
BLOCKS = {"gate_recurrence": False, "input_gate_bias": BIAS, "output_gate_bias": BIAS}
FORGET = ForgetGates(7, 4, 2, forget_gate_bias=(0.5, 1, 1.5, 2), **BLOCKS, cell_bias="none")

VARIANTS = {  # cell, weights, external reset, learning-rate decay
    "reset": (MemoryBlocks(7, 4, 2, **BLOCKS, cell_bias="none"), 360, True, 1.0),
    "standard": (MemoryBlocks(7, 4, 2, **BLOCKS, cell_bias="none"), 360, False, 1.0),
    "decay": (StateDecay(7, 4, 2, remaining=0.9, **BLOCKS, cell_bias="none"), 360, False, 1.0),
    "forget": (FORGET, 424, False, 1.0),
    "forget_lr_decay": (FORGET, 424, False, 0.99),
}


def composed(*overrides: str) -> continual.StreamExperiment:
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        node = OmegaConf.to_container(compose("continual", list(overrides)), resolve=True)
    assert isinstance(node, dict)
    others = ("variants", "alpha", "gradient", "folder", "checkpoint_seconds", "again")
    fields = {str(name): value for name, value in node.items() if name not in others}
    return continual.read(fields | {"variant": "any", "reading": ""})


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_have_the_papers_conditions(variant):
    cell, weights, external_reset, decay = VARIANTS[variant]
    stream = composed(f"variant={variant}").trial
    schedule = stream.optimizer.schedule
    assert stream.network.cell == cell
    assert stream.network.weight_count == weights
    assert (stream.network.outputs_see_inputs, stream.network.output_bias) == (True, "random")
    assert (stream.external_reset, schedule.factor if schedule else 1.0) == (external_reset, decay)
    assert (stream.optimizer.learning_rate, stream.weight_range) == (0.5, 0.2)
    assert type(stream.optimizer) is SGD
    assert (stream.training_streams, stream.training_symbols) == (30_000, 100_000)
    assert (stream.test_streams, stream.test_symbols) == (10, 100_000)
    assert stream.task == ContinualReber(targets="next", judged_by="order", tolerance=0.49)


def test_the_programs_file_says_only_what_differs():
    said = OmegaConf.to_container(OmegaConf.load(Path(CONFIGS) / "continual.yaml"))
    assert isinstance(said, dict)
    usual = dict(leaves(options.option("network", "memory_blocks")))
    for path, value in leaves({"network": said["network"]}):
        assert usual[path] != value, path


@pytest.mark.slow
def test_any_optimizer_learns_from_streams(tmp_path):
    done = call("continual", *SMALL, "optimizer=adam", "optimizer.clip=1", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    [directory] = tmp_path.glob("reset-*")
    optimizer = json.loads((directory / "configuration.json").read_text())["optimizer"]
    assert optimizer["name"] == "adam"
    # What only trainings on sequences have is no part of what was run.
    assert not {"batch", "weight_change"} & optimizer.keys()


def test_there_is_a_variant_for_every_published_line():
    assert {path.stem for path in (Path(CONFIGS) / "variant").iterdir()} == set(PUBLISHED) == set(VARIANTS)


SMALL = ("variants=[reset]", "trials=2", "seed=1", "budget=500", "curve_interval=500")


@pytest.mark.slow
def test_shows_and_writes_a_table_and_does_not_run_a_study_again(tmp_path):
    done = call("continual", *SMALL, "task.targets=possible", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "0/2" in done.stdout and "74 %" in done.stdout
    [directory] = tmp_path.glob("reset-*")
    (summary,) = finished(StreamSummary, directory)
    assert (summary.reading, summary.trials) == ("targets=possible", 2)
    again = call("continual", *SMALL, "task.targets=possible", f"folder={tmp_path}")
    assert "finished before" in again.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["variants=[forget,magic]"], ["variants", "magic", "forget_lr_decay"]),
        (["variants=[]"], ["variants", "forget"]),
        (["trials=many"], ["trials", "many"]),
        (["task.targets=all"], ["task.targets", "all", "possible"]),
        (["gradient=bptt"], ["gradient", "bptt", "truncated"]),
        (["optimizer.batch=4"], ["optimizer.batch", "4", "every symbol"]),
        (["folder=/dev/null/runs"], ["folder", "/dev/null/runs"]),
    ],
)
def test_bad_input_gets_one_sentence(arguments, parts, tmp_path):
    done = call("continual", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
    for part in parts:
        assert part in done.stderr
