"""The package as others get it: built, installed with what it needs in an environment of its own, used elsewhere."""

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import lstm_jax

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]

CELL = """
import jax, jax.numpy as jnp

def init(key, inputs, units=4):
    return jax.random.uniform(key, (units, inputs + units), minval=-0.2, maxval=0.2), jnp.zeros(units)

def step(weights, carry, x):
    carry = jnp.tanh(weights @ jnp.concatenate([x, carry]))
    return carry, carry
"""

TASK = """
import jax, jax.numpy as jnp
from lstm_jax.configuration import configuration
from lstm_jax.random import integer, uniform
from lstm_jax.types import Sequence

@configuration
class FirstSymbol:
    length: int = 5
    inputs = 4
    outputs = 4

    def sample(self, key):
        symbols = integer(uniform(key, self.length), 0, 4)
        return Sequence(symbols, jax.nn.one_hot(symbols[0], 4, axis=0), jnp.full(key.shape, self.length))

    def correct(self, outputs, sequence):
        return jnp.max(jnp.abs(outputs - sequence.targets), axis=0) < 0.3
"""

SMALL = ("trials=2", "budget=2000")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, Path]:
    """A wheel that is built from the source distribution, and that."""
    folder = tmp_path_factory.mktemp("built")
    code = "import sys; from hatchling.build import {0} as build; print(build(sys.argv[1]))"
    builder = folder / "builder"
    pip(sys.executable, "install", "--target", str(builder), "hatchling")

    def build(kind: str, source: Path) -> Path:
        done = subprocess.run(
            [sys.executable, "-c", code.format(f"build_{kind}"), str(folder)],
            cwd=source,
            env=os.environ | {"PYTHONPATH": str(builder)},
            capture_output=True,
            text=True,
            check=True,
        )
        return folder / done.stdout.strip().splitlines()[-1]

    source = build("sdist", ROOT)
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    return build("wheel", folder / source.name.removesuffix(".tar.gz")), source


def pip(python: str | Path, *arguments: str) -> None:
    subprocess.run([python, "-m", "pip", *arguments, "-qq", "--disable-pip-version-check"], check=True)


@pytest.fixture(scope="module")
def environment(built, tmp_path_factory) -> Path:
    """The folder of the commands of an environment that has the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    pip(folder / "bin" / "python", "install", str(built[0]))
    return folder / "bin"


@pytest.fixture
def run(environment, tmp_path):
    """Runs a command of the environment in an empty folder, whose user has no home to write to."""
    outside = {name: value for name, value in os.environ.items() if "XLA_FLAGS" not in name and name != "PYTHONPATH"}
    home = {"HOME": "/proc", "PATH": f"{environment}{os.pathsep}/usr/bin{os.pathsep}/bin"}

    def run(program: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [environment / program, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=outside | home | more, capture_output=True, text=True, check=False
        )

    return run


def contents(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def test_the_wheel_takes_two_names_and_holds_everything(built):
    names = zipfile.ZipFile(built[0]).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"lstm_jax", "hydra_plugins"}
    for place in ("lstm_jax", "hydra_plugins"):
        files = {path.relative_to(ROOT).as_posix() for path in contents(ROOT / place) if path.is_file()}
        assert files <= set(names)
    for place in ("experiments", "configs"):
        files = {path.relative_to(ROOT).as_posix() for path in contents(ROOT / place) if path.is_file()}
        assert {f"lstm_jax/{file}" for file in files} <= set(names)


def test_the_main_job_runs_whatever_lies_around(run, environment, tmp_path):
    """A folder with names like ours, a home and a package that are not written to."""
    for name in ("experiments", "configs", "lstm_jax", "hydra_plugins", "hydra_plugins/lanes_launcher"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('this is not the package')\n")
    (tmp_path / "hydra_plugins" / "__init__.py").unlink()
    [package] = environment.parent.glob("lib/python*/site-packages/lstm_jax")
    before = contents(package)
    done = run("lstm-jax", "train", "experiment=6a", *SMALL)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.glob("runs/6a-*/*")} >= {"summary.json", "summary.md", "curves.png"}
    done = run("lstm-jax", "dashboard")
    assert done.returncode == 0, done.stderr
    assert "6a" in (tmp_path / "runs" / "dashboard.html").read_text()
    assert run("lstm-jax", "--version").stdout.strip() == lstm_jax.__version__
    assert contents(package) == before
    [provenance] = (json.loads(path.read_text()) for path in tmp_path.glob("runs/*/provenance.json"))
    assert provenance["command"] == " ".join(["lstm-jax train experiment=6a", *SMALL])
    assert provenance["commit"] is None and provenance["versions"]["lstm-jax"] == lstm_jax.__version__


def test_parts_of_ones_own_run(run, tmp_path):
    (tmp_path / "own_cell.py").write_text(CELL)
    (tmp_path / "own_task.py").write_text(TASK)
    parts = ("row=first", "task=own_task.FirstSymbol", "network=own_cell.step")
    done = run("lstm-jax", "train", *parts, "-m", "seed=1,2", *SMALL)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "runs").glob("first-*/summary.json"))) == 2


def test_a_notebook_needs_no_more(run, tmp_path):
    code = "import lstm_jax; run = lstm_jax.train(lstm_jax.experiment('6a', trials=2, budget=2000)); print(run.name)"
    done = run("python", "-c", code)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / done.stdout.splitlines()[-1] / "trials.jsonl").exists()


def test_what_is_left_out_is_asked_for_in_a_sentence(run):
    """Flax with Orbax and W&B are two hundred megabytes that most people do not need."""
    looked_for = ["flax", "wandb", "tensorstore", "torch"]
    found = run("python", "-c", f"from importlib.util import find_spec; print([*map(find_spec, {looked_for})])")
    assert found.stdout == "[None, None, None, None]\n"
    done = run("lstm-jax", "train", "experiment=6a", "tracker=wandb", *SMALL)
    assert done.returncode == 2 and "lstm-jax[wandb]" in done.stderr and len(done.stderr.splitlines()) == 1
    done = run("python", "-c", "import lstm_jax.modules")
    assert "lstm-jax[flax]" in done.stderr.splitlines()[-1]
