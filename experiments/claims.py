"""Test claims: run the trials of their settings, and say whether they hold.

lstm-jax claims names=[output_gates]
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, ListConfig, OmegaConf, open_dict

from lstm_jax.composition import REFUSED, compose_row, sentence
from lstm_jax.configuration import build
from lstm_jax.errors import InputError, unknown
from lstm_jax.overrides import quoted

from .application import application

SEQUENCES = 64
"""Shown to each net when a measure is taken."""

OF_ALL = {
    **dict.fromkeys(("seed", "folder", "again", "checkpoint_seconds", "tracker"), "the same for all claims"),
    "trials": "the same for all settings, a field of the claim",
    "reading": "the same for all settings: readings is a field of the claim",
    "study": "a sweep, and a setting is one run",
    "variants": "a list, and a setting has one variant",
}
"""What a setting cannot change, and why."""

TAKEN: Mapping[str, Callable[[Any], tuple[tuple[int | None, ...], int]]] = {
    "train": lambda last: (last.presentations, last.budget),
    "guess": lambda last: (last.guesses, last.budget),
    "continual": lambda last: (last.streams, last.training_streams),
}
"""By program: what every trial needed, and what a trial got that was given up, in a summary."""

PLACE = tuple[str, str, str]
"""Which trials: of a claim, under a reading, with a setting."""


@application("claims")
def main(config: DictConfig) -> None:
    """Run what the chosen claims ask for, all side by side, and judge them."""
    claims = {name: read_claim(name, config.trials) for name in choose(config.names)}
    from rich.console import Console

    from lstm_jax.report import claims as report
    from lstm_jax.report.columns import terminal
    from lstm_jax.results import files
    from lstm_jax.results.claims import Finding, judge, write
    from lstm_jax.results.provenance import describe

    plan = {
        (name, reading, setting): job(config, name, claim, reading, setting)
        for name, claim in claims.items()
        for reading in claim.readings
        for setting in claim.settings
    }
    for field in ("folder", "records"):
        files.directory(Path(config[field]), field)
    console = Console()
    samples, seconds = run(plan, claims, console)
    found = [
        Finding(
            name=name,
            claim=claim,
            reading=reading,
            samples=tuple(samples[name, reading, setting] for setting in claim.settings),
            seconds=round(sum(seconds[name, reading, setting] for setting in claim.settings), 1),
        )
        for name, claim in claims.items()
        for reading in claim.readings
    ]
    for name in claims:
        write(Path(config.records), name, [one for one in found if one.name == name], describe())
    judged = judge(found)
    console.print(terminal(report.COLUMNS, judged))
    console.print(f"{report.counted(judged)} Written to {config.records}, a file for each claim.", highlight=False)


def choose(names: Any) -> list[str]:
    """The names of the wanted claims.

    Raises:
        InputError: there is no such claim.
    """
    known = GlobalHydra.instance().config_loader().get_group_options("claim")
    chosen = known if names == "all" else [str(name) for name in (names if isinstance(names, ListConfig) else [names])]
    if not chosen:
        raise InputError(f"names is []: it should have at least one of {', '.join(known)}.")
    for name in chosen:
        if name not in known:
            raise unknown(f"names has {name!r}", name, ("all", *known), lists="lstm-jax claims names=[]")
    return list(dict.fromkeys(chosen))


def read_claim(name: str, trials: int | None) -> Any:
    """The claim of a file; with another number of trials, if one is given.

    Raises:
        InputError: the file has something that is not allowed.
    """
    from lstm_jax.results.claims import Claim, Measure

    node: Any = OmegaConf.to_container(compose("claims", [f"+claim={name}"]).claim, resolve=True)
    if not isinstance(node, dict):
        raise InputError(f"claim {name} is {node!r}: it should have text, source, design, expect, settings.")
    if node.get("measure") is not None:
        node["measure"] = build(Measure, node["measure"], f"claim {name}.measure")
    if not isinstance(node.get("settings"), Mapping):
        raise InputError(f"claim {name}.settings is {node.get('settings')!r}: it should be overrides by their names.")
    settings = node.pop("settings")
    for setting, overrides in settings.items():
        if not isinstance(overrides, list) or not all(isinstance(change, str) for change in overrides):
            raise InputError(f"claim {name}.settings.{setting} is {overrides!r}: it should be a list of overrides.")
        for change in overrides:
            if (field := change.partition("=")[0].lstrip("+~")) in OF_ALL:
                raise InputError(f"claim {name}.settings.{setting} has {change!r}: {field} is {OF_ALL[field]}.")
    if trials is not None:
        node["trials"] = trials
    own = {str(setting): tuple(overrides) for setting, overrides in settings.items()}
    return build(Claim, node, f"claim {name}", settings=own)


def job(config: DictConfig, name: str, claim: Any, reading: str, setting: str) -> Any:
    """The job that runs one setting's trials.

    Raises:
        InputError: something in it is refused; it says in which claim.
    """
    from lstm_jax.cells import MemoryBlocks
    from lstm_jax.results.claims import OWN

    from . import study

    shared = {"seed": config.seed, "trials": claim.trials, "folder": config.folder, "again": config.again}
    shared["checkpoint_seconds"] = config.checkpoint_seconds
    overrides = [*claim.settings[setting], *(f"{name}={quoted(value)}" for name, value in shared.items())]
    label = f"{name}, {reading}: {setting}"
    try:
        if claim.program == "guess":
            return _guesses(overrides, label)
        if claim.program == "continual":
            return _streams(overrides, label)
        composed = compose_row([*overrides, *([] if reading == OWN else [f"reading={reading}"])])
        composed.tracker = config.tracker
        made = study.read(composed, label)
        cell = getattr(made.experiment.trial.network, "cell", None)
        if claim.measure and not isinstance(cell, MemoryBlocks):
            raise InputError(f"measure.name is {claim.measure.name!r}: only nets of memory_blocks have it.")
        return made
    except REFUSED as error:
        words = " ".join((*claim.settings[setting], f"reading={reading}"))
        raise InputError(f"claim {name}, {words}: {sentence(error)}") from None


def _guesses(overrides: list[str], label: str) -> Any:
    """A job of `guess`."""
    from lstm_jax.jobs import read_job
    from lstm_jax.trials import guesses

    from .guess import resolve

    composed = compose("guess", overrides, return_hydra_config=True)
    hydra = composed.hydra
    with open_dict(composed):
        del composed["hydra"]
    return read_job(resolve(composed, hydra), guesses.read, label)


def _streams(overrides: list[str], label: str) -> Any:
    """A job of `continual`."""
    from .continual import job

    composed = compose("continual", overrides, return_hydra_config=True)
    variant = composed.hydra.runtime.choices["variant"]
    with open_dict(composed):
        del composed["hydra"]
    return job(variant, "", composed, label)


def run(plan: Mapping[PLACE, Any], claims: Mapping[str, Any], console: Any) -> tuple[dict, dict]:
    """Run all jobs; by their places the samples, and the seconds they took."""
    from lstm_jax.jobs import run_jobs
    from lstm_jax.jobs.bars import progress
    from lstm_jax.results.claim_tests import Sample

    samples, seconds = {}, {}
    timed = {place: one for place, one in plan.items() if claims[place[0]].measure is None}
    for place, stages in zip(timed, run_jobs(list(timed.values()), console), strict=True):
        (name, _, setting), last = place, stages[-1]
        needed, given = TAKEN[claims[name].program](last)
        samples[place] = Sample(setting, claims[name].settings[setting], needed, given)
        seconds[place] = last.seconds
    with progress(console) as bars:
        for place in [place for place in plan if place not in timed]:
            name, _, setting = place
            bar = bars.add_task(plan[place].label, total=1, status="measuring")
            samples[place] = Sample(setting, claims[name].settings[setting], measure(plan[place], claims[name].measure))
            bars.update(bar, completed=1)
            seconds[place] = bars.tasks[bar].elapsed or 0.0
    return samples, seconds


def measure(job: Any, wanted: Any) -> tuple[float | None, ...]:
    """The measure of every net, of several cells the mean."""
    import numpy as np

    from . import abuse

    (record,) = abuse.measure(job.experiment, [wanted.at], SEQUENCES)
    values = np.array(record[wanted.name], float)  # None becomes NaN
    taken = values if values.ndim == 1 else values.mean(axis=0)
    return tuple(None if np.isnan(value) else float(value) for value in taken)


if __name__ == "__main__":
    main()
