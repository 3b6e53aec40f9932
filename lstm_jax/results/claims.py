"""Claims about learning: what is claimed, what was found, and whether it holds.

A claim holds or does not hold if the p value of its test is less than `SURE` after the correction for the number of
claims; else it stays open.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from lstm_jax.configuration import checked
from lstm_jax.errors import InputError, unknown
from lstm_jax.paper.statistics import SURE, holm
from lstm_jax.results import files
from lstm_jax.results.claim_tests import EXPECTATIONS, FEWEST, Effect, Sample
from lstm_jax.results.records import plain, typed

OWN = "own"
"""In place of a reading of the paper: the settings stand for themselves, as in claims about what came later."""

ENDING = ".claim.json"
"""How the names of files with findings about a claim end, in whatever folder they are."""

Text = Annotated[str, Field(min_length=1)]


@checked
class Measure:
    """A number that is taken of every net at one moment of training, in place of its time to success."""

    name: Literal["sent_constant", "drift"]
    """A measure of `lstm_jax.analysis.abuse.Use`; of several cells the mean."""
    at: Annotated[int, Field(ge=0, lt=2**31)]
    """Presentations after which it is taken."""
    in_words: Text
    """What it is, such as "mean |s| at the end of a sequence"."""


@checked
class Claim:
    """What is claimed, and the settings whose trials decide."""

    text: Text
    """The claim, in a sentence."""
    source: Text
    """Where it is claimed."""
    design: Text
    """What is compared, in a sentence."""
    expect: str
    """What is expected: a name in `EXPECTATIONS`."""
    settings: dict[str, tuple[str, ...]]
    """Overrides of the program for each setting, by what the setting is called."""
    program: Literal["train", "guess", "continual"] = "train"
    """Whether nets are trained, their weights guessed, or they learn from endless streams: presentations are counted,
    guesses, or training streams. A net on streams whose symbols ran out counts as unsolved after all its streams."""
    trials: Annotated[int, Field(ge=FEWEST)] = 40
    """Trials of each setting."""
    readings: Annotated[tuple[str, ...], Field(min_length=1)] = ("closest", "printed")
    """Readings of the paper under which the claim is tested, each for itself; or `OWN`."""
    numbers: tuple[Annotated[float, Field(gt=0)], ...] = ()
    """The number that stands for each setting, such as its lag; for expectations that ask for it."""
    measure: Measure | None = None
    """For expectations that ask for it."""

    def __post_init__(self) -> None:
        if self.expect not in EXPECTATIONS:
            raise unknown(f"expect is {self.expect!r}", self.expect, EXPECTATIONS)
        wanted = EXPECTATIONS[self.expect]
        if len(self.settings) not in wanted.settings:
            few, many = wanted.settings[0], wanted.settings[-1]
            number = f"{few}" if few == many else f"{few} to {many}"
            raise InputError(f"settings has {len(self.settings)}: {self.expect} asks for {number}.")
        if len(self.numbers) != wanted.numbers * len(self.settings):
            number = f"{len(self.settings)}, one for each setting" if wanted.numbers else "none"
            raise InputError(f"numbers is {list(self.numbers)}: {self.expect} asks for {number}.")
        if wanted.numbers and len(set(self.numbers)) == 1:
            raise InputError(f"numbers is {list(self.numbers)}: they should differ.")
        if wanted.measured != (self.measure is not None):
            number = "one" if wanted.measured else "none"
            raise InputError(f"measure is {'there' if self.measure else 'missing'}: {self.expect} asks for {number}.")
        if self.measure and self.program != "train":
            raise InputError(f"program is {self.program!r}: it should be 'train' where a measure is taken.")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What trials say about a claim under one reading."""

    name: str
    """Name of the claim's file."""
    claim: Claim
    reading: str
    samples: tuple[Sample, ...]
    """One for each setting."""
    seconds: float
    """How long they ran, alone or beside others."""
    corrected: float = 1.0
    """p of the effect, corrected by Holm for the findings among which it stands."""

    @property
    def effect(self) -> Effect | None:
        """How large what was found is; None where nothing can be said, as when no trial was solved."""
        return EXPECTATIONS[self.claim.expect].test(self.samples, self.claim.numbers)

    @property
    def verdict(self) -> Literal["holds", "does not hold", "open"]:
        """Whether the claim holds."""
        found = self.effect
        if found is None or self.corrected >= SURE:
            return "open"
        return "holds" if found.holds else "does not hold"


def judge(found: Sequence[Finding]) -> list[Finding]:
    """Findings with p corrected for their number; those of which nothing can be said count, too."""
    ps = holm([effect.p if (effect := one.effect) else 1.0 for one in found])
    return [replace(one, corrected=p) for one, p in zip(found, ps, strict=True)]


def write(folder: Path, name: str, found: Sequence[Finding], provenance: Mapping[str, Any]) -> None:
    """Write what was found about one claim, under all its readings, into its file in a folder.

    p is not in it: how it is corrected depends on the other findings with which it is read.
    """
    nodes = [{field: value for field, value in plain(one).items() if field != "corrected"} for one in found]
    files.write_json(folder / f"{name}{ENDING}", {"provenance": provenance, "findings": nodes})


def folders(place: Path) -> list[Path]:
    """The folders with findings about claims in this one, however deep."""
    return sorted({path.parent for path in place.rglob(f"*{ENDING}")})


class Judged(NamedTuple):
    """The claims of a folder."""

    found: list[Finding]
    """With p corrected for their number."""
    provenances: list[dict[str, Any]]
    """Where each file comes from."""
    left_out: dict[Path, str]
    """Files that are damaged, each with the reason; what they say is not counted in the correction."""


def read(folder: Path) -> Judged:
    """All findings that a folder has, its own folders left aside.

    Raises:
        InputError: there is none that can be read.
    """
    found: list[Finding] = []
    provenances, left_out = [], {}
    for path in sorted(folder.glob(f"*{ENDING}")):
        try:
            own, provenance = _record(path)
        except InputError as error:
            left_out[path] = str(error)
            continue
        if twice := [one for one in own if (one.name, one.reading) in {(other.name, other.reading) for other in found}]:
            left_out[path] = f"{path} has {twice[0].name}, {twice[0].reading}, which another file has, too."
            continue
        found += own
        provenances.append(provenance)
    if not found:
        why = "; ".join(left_out.values()) or f"it should hold findings about claims (*{ENDING}), and has none."
        raise InputError(f"claims is {str(folder)!r}: {why}")
    return Judged(judge(found), provenances, left_out)


def _record(path: Path) -> tuple[tuple[Finding, ...], dict[str, Any]]:
    """The findings of one file, and where they come from.

    Raises:
        InputError: it cannot be read, or is damaged.
    """
    foreign = InputError(f"{path} is not a record of a claim: make it anew with lstm-jax claims.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        nodes, provenance = content["findings"], dict(content["provenance"])
    except OSError as error:
        raise InputError(f"{path} cannot be read ({(error.strerror or 'error').lower()}).") from None
    except (ValueError, LookupError, TypeError):
        raise foreign from None
    try:
        found = typed(Finding, nodes, path)
    except InputError as error:
        raise InputError(str(error) if str(path) in str(error) else f"{path}: {error}") from None
    for one in found:
        if wrong := contradiction(one):
            raise InputError(f"{path} is damaged: {one.name}, {one.reading}, has {wrong}.")
    return found, provenance


def contradiction(one: Finding) -> str | None:
    """What in a finding cannot be, or does not agree with the rest of it; None if all does."""
    if one.reading not in one.claim.readings:
        return f"a reading that is not one of {', '.join(one.claim.readings)}"
    if [own.setting for own in one.samples] != list(one.claim.settings):
        return f"samples that are not of the settings {', '.join(one.claim.settings)}"
    for own in one.samples:
        if not own.trials:
            return f"no trial of {own.setting}"
        if (own.budget is None) != (one.claim.measure is not None):
            return f"a budget of {own.setting} that is {own.budget}"
        if own.budget is not None and (bad := [at for at in own.there if not (0 < at <= own.budget and at == int(at))]):
            return f"a trial of {own.setting} that needed {bad[0]}, with a budget of {own.budget}"
    return None
