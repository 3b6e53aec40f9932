"""The program of weight guessing as a user meets it, and every problem and architecture it has."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from lstm_jax import options
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.configuration import named
from lstm_jax.paper.guessing import PUBLISHED
from lstm_jax.places import CONFIGS
from lstm_jax.tasks import TASKS, Latch, Parity, Tomita
from lstm_jax.trials.experiment import read_network
from tests.experiments.programs import call
from tests.test_options import leaves

SMALL = ("task.min_length=4", "task.max_length=6", "training_sequences=4", "trials=3", "seed=1")

PROBLEMS = {
    "latch": Latch(500, 600, (1.0, -1.0), 0.1, informative=1, noise_variance=0.2),
    "long_two_sequences": Latch(500, 600, (1.0, 0.0), 0.1, informative=1, noise_variance=0.2),
    "parity": Parity(500, 600, (1.0, 0.0), 0.1, noise=0.0),
    "noisy_parity": Parity(500, 600, (1.0, 0.0), 0.1, noise=0.2),
    "tomita_1": Tomita(500, 600, (1.0, 0.0), 0.1, grammar=1, illegal="random"),
    "tomita_2": Tomita(500, 600, (1.0, 0.0), 0.1, grammar=2, illegal="random"),
    "tomita_4": Tomita(500, 600, (1.0, 0.0), 0.1, grammar=4, illegal="random"),
}

ARCHITECTURES = {"a1": (7, 100), "a2": (52, 100), "a2_no_self": (42, 100), "tanh_unit": (3, 200)}
"""Number of weights and their range."""


def composed(*overrides: str):
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        node = OmegaConf.to_container(compose("guess", list(overrides)), resolve=True)
    assert isinstance(node, dict)
    return node


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_are_as_described(name):
    assert named(TASKS, composed(f"task={name}")["task"], "task") == PROBLEMS[name]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_architectures_have_their_weights_and_range(name):
    node = composed(f"architecture={name}")
    assert (read_network(node["network"], Parity()).weight_count, node["weight_range"]) == ARCHITECTURES[name]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_says_only_what_differs(name):
    said = OmegaConf.to_container(OmegaConf.load(Path(CONFIGS) / "architecture" / f"{name}.yaml"))
    assert isinstance(said, dict)
    usual = dict(leaves(options.option("network", said["defaults"][0]["/network"])))
    assert said["network"]["cell"]
    for path, value in leaves({"network": said["network"]}):
        assert usual[path] != value, path


def test_published_figures_are_of_problems_and_architectures_there_are():
    files = {path.stem for path in (Path(CONFIGS) / "architecture").iterdir()}
    assert files == {*ARCHITECTURES, "row"}
    assert all(problem in PROBLEMS and architecture in ARCHITECTURES for problem, architecture in PUBLISHED)


@pytest.mark.slow
def test_shows_and_writes_a_study_and_does_not_run_it_again(tmp_path):
    done = call("guess", *SMALL, f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "3/3" in done.stdout
    assert "max_length=6" in done.stdout
    [directory] = tmp_path.glob("parity-a1-*")
    assert len((directory / "trials.jsonl").read_text().splitlines()) == 3
    again = call("guess", *SMALL, f"folder={tmp_path}")
    assert "finished before" in again.stdout


@pytest.mark.slow
def test_a_row_of_the_paper_brings_its_task_and_its_net(tmp_path):
    done = call("guess", "row=6a", "architecture=row", "trials=1", "budget=500", f"folder={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "row 6a" in done.stdout
    assert "\n156 " in done.stdout
    assert "0 in 500" in done.stdout
    assert len(list(tmp_path.glob("row-6a-row-*/summary.json"))) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["task=chess"], ["task", "chess", "parity"]),
        (["row=9-9"], ["row", "9-9", "2c-9"]),
        (["architecture=row"], ["architecture", "row"]),
        (["row=1-1", "architecture=row"], ["EmbeddedReber"]),
        (["row=6a"], ["4 units"]),
        (["row=2a-chunker", "architecture=row"], ["2a-chunker", "no cell", "architecture"]),
        (["trials=many"], ["trials", "many"]),
        (["gradient=bptt"], ["gradient", "guessed"]),
        (["folder=/dev/null/runs"], ["folder", "/dev/null/runs"]),
    ],
)
def test_bad_input_gets_one_sentence(arguments, parts, tmp_path):
    done = call("guess", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in done.stderr
