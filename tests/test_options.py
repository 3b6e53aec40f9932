"""Every default stands in one place: the class. What can be chosen for a part, and the record of what was chosen."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from hydra_plugins.lanes_launcher.lanes_launcher import Composer, combinations, swept
from lstm_jax import options, trackers
from lstm_jax.cells import CELLS
from lstm_jax.composition import OF_HYDRA_1_3, compose_row, row_alone, suited
from lstm_jax.criteria import CRITERIA
from lstm_jax.learners import OPTIMIZERS, Descent
from lstm_jax.networks import Network
from lstm_jax.overrides import quote_row
from lstm_jax.places import CONFIGS
from lstm_jax.tasks import TASKS, Task
from lstm_jax.trackers import TRACKERS
from lstm_jax.trials import experiment
from lstm_jax.trials.experiment import BASELINES, Settings

ROOT = Path(CONFIGS).parent
NO_ROW = ("~experiment", "row=x", "alpha=1.0")


@pytest.fixture(scope="module", autouse=True)
def hydra() -> Iterator[None]:
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        yield


def composed(*overrides: str) -> dict[str, Any]:
    node: Any = OmegaConf.to_container(compose("train", [quote_row(override) for override in overrides]), resolve=True)
    return node


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a file that is no mapping, by its path."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    else:
        yield path, node


def below(path: Path) -> list[str]:
    """The overrides that choose what a file starts from, instead of what it says."""
    group, file = path.parent.name, OmegaConf.load(path)
    assert isinstance(file, DictConfig)
    defaults = file["defaults"]
    if group == "experiment":
        chosen = [f"{name.rpartition('/')[2]}={value}" for entry in defaults for name, value in entry.items()]
        return [*NO_ROW, *chosen]
    return [*NO_ROW, f"{group}={next(name for name in defaults if name != '_self_')}"]


FILES = [path for group in ("experiment", "network", "task") for path in sorted(Path(CONFIGS, group).glob("*.yaml"))]


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_file_says_only_what_differs(path):
    said = OmegaConf.to_container(OmegaConf.load(path))
    assert isinstance(said, dict)
    said.pop("defaults")
    usual = dict(leaves(composed(*below(path))))
    own = {"row", "alpha", "network.cell.name"} | {name for name, _ in leaves(said) if name.startswith("construction.")}
    assert [name for name, value in leaves(said) if name not in own and usual.get(name, "") == value] == []


def test_nothing_that_is_trained_has_settings_of_its_own_in_the_programs_file():
    said = OmegaConf.to_container(OmegaConf.load(Path(CONFIGS, "train.yaml")))
    assert isinstance(said, dict)
    assert not said.keys() & {"task", "network", "criterion", "optimizer", "gradient", *options.settings()}


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*CELLS} - {"output_feedback"}))
def test_a_cell_of_python_is_that_of_the_command_line(name):
    network = experiment.read(composed_row(f"network={name}")).trial.network
    assert isinstance(network, Network)
    assert network.cell == CELLS[name](inputs=network.cell.inputs)
    # Elman's nets of the paper have no biases.
    bias = "none" if name in ("elman", "carrousel") else "random"
    assert network == Network(network.cell, network.outputs, output_bias=bias)


@pytest.mark.parametrize("name", BASELINES)
def test_a_net_of_python_is_that_of_the_command_line(name):
    rows = {"chunker": "experiment=2a-chunker", "cascade_correlation": "experiment=1-rcc"}
    network = experiment.read(composed_row(rows.get(name, f"network={name}"), "budget=25600")).trial.network
    assert network == BASELINES[name](inputs=network.inputs, outputs=network.outputs)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_of_python_is_that_of_the_command_line(name):
    node = composed(f"task={name}")["task"]
    assert node.pop("name") == name
    assert experiment.named(TASKS, {"name": name, **node}, "task") == TASKS[name]()
    assert isinstance(TASKS[name](), Task)


@pytest.mark.parametrize("name", CRITERIA)
def test_a_criterion_of_python_is_that_of_the_command_line(name):
    node = composed(*NO_ROW, f"criterion={name}")["criterion"]
    assert experiment.named(CRITERIA, node, "criterion") == CRITERIA[name]()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_of_python_is_that_of_the_command_line(name):
    learner = experiment.read(composed_row("experiment=4-1", f"optimizer={name}")).trial.learner
    wanted: Any = OPTIMIZERS[name]
    assert learner == Descent(wanted(0.5) if name == "sgd" else wanted(), "truncated")  # Table 10


def test_a_tracker_of_python_is_that_of_the_command_line(monkeypatch):
    for name in ("wandb", "tensorboardX", "mlflow", "trackio"):  # not all of them need be there
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(__spec__=ModuleSpec(name, None)))
    for name, settings in TRACKERS.items():
        assert trackers.read(composed(f"tracker={name}")["tracker"]) == (settings(),)
    both = composed("tracker=[wandb,tensorboard]", "tracker.wandb.project=ours")["tracker"]
    assert trackers.read(both) == (TRACKERS["wandb"](project="ours"), TRACKERS["tensorboard"]())
    assert trackers.read(composed()["tracker"]) == ()


def test_settings_of_python_are_those_of_the_command_line():
    node = composed(*NO_ROW)
    assert Settings(**{name: node[name] for name in options.settings()}) == Settings(row="x")


def composed_row(*overrides: str) -> dict[str, Any]:
    """As `experiment.read` takes it."""
    node: Any = OmegaConf.to_container(compose_row([quote_row(override) for override in overrides]), resolve=True)
    return {name: value for name, value in node.items() if name in {*experiment.PARTS, "alpha", *options.settings()}}


@dataclass
class Mine:
    """A class that nobody registered."""

    length: int
    words: tuple[str, ...] = ("a", "b")
    targets: str = "all"


def make(rate, momentum=0.5, *, nesterov=False, table=(1, 2), **rest):
    """An optimizer that nobody registered."""


@pytest.mark.parametrize(
    ("group", "name", "fields"),
    [
        ("task", "tests.test_options.Mine", {"length": "???", "words": ["a", "b"]}),
        ("criterion", "tests.test_options.Mine", {"length": "???", "words": ["a", "b"]}),
        ("optimizer", "tests.test_options.make", {"learning_rate": "???", "momentum": 0.5, "nesterov": False}),
        ("optimizer", "tests.test_options.make", {"clip": None, "schedule": None, "batch": 1}),
        ("network", "tests.cells.functions.step", {"units": 3}),
        ("network", "flax.nnx.GRUCell", {"hidden_features": "???"}),
        ("network", "lstm_jax.cells.Elman", {"units": 1, "bias": "none"}),
    ],
)
def test_a_part_of_ones_own_has_its_fields(group, name, fields):
    node = options.option(group, name)
    part = node[group].get("cell", node[group])
    assert part["name"] == name
    assert fields.items() <= part.items()
    assert not part.keys() & {"inputs", "key", "rngs", "in_features", "rate", "table", "rest", "self"}
    assert node.get("gradient", "bptt") == "bptt"


def test_what_a_record_lacks_is_as_its_class_has_it_and_says_so():
    node = composed_row("experiment=4-1")
    node["network"] = {"cell": {"name": "memory_blocks", "input_gate_bias": [-3, -6]}}
    node["optimizer"] = {"learning_rate": 0.5}
    node["task"] = {"name": "adding"}
    assert experiment.read(node).resolved == experiment.read(composed_row("experiment=4-1")).resolved
    layers = [{"name": "gru"}, {"name": "residual", "cell": "lstm"}]
    node["network"]["cell"] = {"name": "stacked", "layers": layers}
    node["gradient"] = "bptt"
    (gru, residual) = json.loads(experiment.read(node).resolved)["network"]["cell"]["layers"]
    assert gru["units"] == residual["cell"]["units"] == 4


def test_a_younger_setting_is_in_the_record_as_soon_as_it_is_not_as_it_always_was():
    plain = json.loads(experiment.read(composed_row("experiment=4-1")).resolved)
    assert plain["optimizer"] == {"learning_rate": 0.5, "weight_change": "sequence"}
    assert "output_layer" not in plain["network"]
    elman = json.loads(experiment.read(composed_row("experiment=4-1", "network=elman")).resolved)["network"]
    assert "recurrent_start" not in elman["cell"] and elman["output_layer"] is True
    irnn = composed_row("experiment=4-1", "network=elman", "network.cell.recurrent_start=identity")
    assert json.loads(experiment.read(irnn).resolved)["network"]["cell"]["recurrent_start"] == "identity"
    # A class of one's own, in which the same value is no default, says it.
    own = {"task": {"name": "tests.test_options.Mine", "length": 3, "targets": "next"}}
    assert options.recorded(options.completed(own))["task"]["targets"] == "next"
    other = json.loads(experiment.read(composed_row("experiment=4-1", "optimizer.clip=1.0")).resolved)
    assert other["optimizer"] == {**plain["optimizer"], "clip": 1.0}


def test_a_row_alone_is_composed_once():
    assert row_alone("4-1") is row_alone("4-1")
    assert row_alone("4-1").choices["network"] == "row_4"


def test_the_options_of_a_group_are_files_and_classes():
    loader = GlobalHydra.instance().config_loader()
    assert set(loader.get_group_options("network")) > {"gru", "memory_blocks", "row_4", "stacked", "chunker"}
    assert loader.get_group_options("optimizer") == sorted(OPTIMIZERS)


PRIVATE = r"^\s*(from|import)\s+(hydra|omegaconf|jax|jaxlib|wandb|wandb_workspaces|flax|optax)(\.\w+)*\._\w|" + (
    r"^\s*from\s+(hydra|omegaconf|jax|jaxlib|wandb|wandb_workspaces|flax|optax)(\.\w+)*\s+import\s+(\w+,\s*)*_\w|"
    r"wandb\.sdk\b|\b(hydra|omegaconf|jax|jaxlib|wandb)\._(?!_)\w|\._to_model\b|_src\b"
)


def test_only_public_parts_of_other_packages_are_used():

    files = [
        path
        for folder in ("lstm_jax", "experiments", "hydra_plugins", "tests")
        for path in ROOT.glob(f"{folder}/**/*.py")
    ]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files
        if path != Path(__file__)
        for line in path.read_text().splitlines()
        if re.search(PRIVATE, line)
    ]
    assert len(files) > 100 and found == []
    for line in ("from hydra._internal.callbacks import C", "from jax import _src", "    from wandb.sdk.lib import x"):
        assert re.search(PRIVATE, line)


def test_a_sweep_over_networks_has_ones_own_among_them():
    loader = GlobalHydra.instance().config_loader()
    master = compose("train", ["experiment=6a"], return_hydra_config=True)
    parsed = OverridesParser.create(loader).parse_overrides(["network=gru,tests.cells.functions.step", "seed=1,2"])
    composer = Composer(loader, master)
    jobs = [swept(i, composer.compose(job)) for i, job in enumerate(combinations(parsed))]
    configs = [suited(job.config, job.choices, job.overrides) for job in jobs]
    assert [(config.row, config.network.cell.units, config.seed) for config in configs] == [
        ("6a-gru", 4, 1),
        ("6a-gru", 4, 2),
        ("6a-tests.cells.functions.step", 3, 1),
        ("6a-tests.cells.functions.step", 3, 2),
    ]


def test_other_programs_see_nothing_of_ours(tmp_path):
    (tmp_path / "mine.yaml").write_text("own: 1\n")
    (tmp_path / "network").mkdir()
    GlobalHydra.instance().clear()  # of this file, whose last test this is
    with initialize_config_dir(str(tmp_path), **OF_HYDRA_1_3):
        assert compose("mine") == {"own": 1}
        loader = GlobalHydra.instance().config_loader()
        assert loader.get_group_options("network") == []
        assert not any("lstm" in str(source.path) for source in loader.get_search_path().get_path())
