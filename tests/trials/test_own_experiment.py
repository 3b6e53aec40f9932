"""An experiment of a kind of its own, as small as one can be: walkers on the line, until they have gone far enough."""

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from pydantic import Field

from lstm_jax.configuration import Varies, build, checked, configuration
from lstm_jax.random import fold_in
from lstm_jax.results import files
from lstm_jax.results.records import finished
from lstm_jax.trials.engine import alike, run, run_together
from lstm_jax.trials.protocol import Experiment


class WalkState(NamedTuple):
    clock: Any
    running: Any
    key: Any
    data: tuple
    place: Any


@configuration
class Walk:
    """One step to the left or to the right at a time."""

    unit: ClassVar = "steps"
    counted: ClassVar = "steps"
    curves: ClassVar = ("place",)
    curve_type: ClassVar = np.float32
    weight_count: ClassVar = 1
    wide: ClassVar = False

    far: Annotated[float, Field(gt=0), Varies]

    def data(self, seeds, numbers):
        return ()

    def start(self, keys, data=()):
        return WalkState(jnp.int32(0), jnp.ones(keys.shape, bool), keys, data, jnp.zeros(keys.shape))

    def step(self, state):
        right = jax.vmap(jax.random.bernoulli)(fold_in(state.key, state.clock))
        place = state.place + jnp.where(state.running, jnp.where(right, 1.0, -1.0), 0.0)
        new = state._replace(clock=state.clock + 1, running=jnp.abs(place) < self.far, place=place)
        return new, state.running.astype(jnp.int32)

    def point(self, state, sums):
        return np.asarray(state.place)[None].astype(float), np.asarray(sums)


@checked
class Settings:
    far: float
    trials: int
    seed: int
    curve_interval: int


@dataclass(frozen=True)
class Walked:
    trial: int
    place: float
    solved: bool


@dataclass(frozen=True)
class Arrivals:
    arrived: int


class Walks(Experiment):
    record_type = Walked
    summary_type = Arrivals

    @property
    def label(self):
        return "walks"

    def record(self, state, lane, number):
        running = bool(np.asarray(state.running)[lane])
        return Walked(number, float(np.asarray(state.place)[lane]), not running)

    def summarise(self, records, seconds):
        return (Arrivals(sum(record.solved for record in records)),)


def read(**fields) -> Walks:
    settings = build(Settings, {"far": 6.0, "trials": 20, "seed": 3, "curve_interval": 7} | fields, "")
    return Walks(Walk(settings.far), settings, 60, json.dumps(asdict(settings)))


def reference(far: float, seed: int, number: int) -> tuple[list[float], bool]:
    """Every place of one walker, one step after the other."""
    key = jax.random.fold_in(jax.random.key(seed), number)
    places = [0.0]
    while len(places) <= 60 and abs(places[-1]) < far:
        right = bool(jax.random.bernoulli(jax.random.fold_in(key, len(places) - 1)))
        places.append(places[-1] + (1 if right else -1))
    return places[1:], abs(places[-1]) >= far


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    directory = tmp_path_factory.mktemp("walks")
    *_, last = run(read(), directory)
    assert (last.running, last.clock) == (0, 60)
    return directory


@pytest.mark.slow
def test_its_records_and_curves_are_those_of_walkers_one_by_one(whole):
    records, curves = files.read_json_lines(whole / "trials.jsonl"), files.read_arrays(whole / "curves.npz")
    assert curves["steps"].tolist() == [7, 14, 21, 28, 35, 42, 49, 56, 60]
    for record in records:
        places, arrived = reference(6.0, 3, record["trial"])
        assert (record["place"], record["solved"]) == (places[-1], arrived)
        for at, place in zip(curves["steps"], curves["place"][:, record["trial"]], strict=True):
            assert np.isnan(place) if at - 7 >= len(places) else place == places[min(at, len(places)) - 1]
    (arrivals,) = finished(Arrivals, whole)
    assert arrivals.arrived == sum(record["solved"] for record in records)
    assert 0 < arrivals.arrived < 20


@pytest.mark.slow
def test_it_survives_a_kill_and_runs_beside_others_that_differ_in_what_varies(whole, tmp_path):
    steps = run(read(), tmp_path / "a", checkpoint_seconds=0)
    next(steps)
    steps.close()
    assert (tmp_path / "a" / "checkpoint.npz").exists()
    nearer = read(far=3.0)
    assert alike(nearer) == alike(read())
    list(run_together([(read(), tmp_path / "a"), (nearer, tmp_path / "b")]))
    assert (tmp_path / "a" / "trials.jsonl").read_bytes() == (whole / "trials.jsonl").read_bytes()
    for record in files.read_json_lines(tmp_path / "b" / "trials.jsonl"):
        assert record["place"] == reference(3.0, 3, record["trial"])[0][-1]
