"""Claims in tables and a picture: which hold, by how much, how sure that is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from lstm_jax.paper.closest import departure
from lstm_jax.report.columns import Column
from lstm_jax.report.table import duration
from lstm_jax.results.censored import success_curve
from lstm_jax.results.claim_tests import EXPECTATIONS, Sample
from lstm_jax.results.claims import OWN, Finding

READINGS = {"closest": "closest reading", "printed": "as printed", OWN: "own conditions"}

COUNTED = {"train": "presentations", "guess": "guesses", "continual": "training streams"}
"""What is counted until a trial is solved, by the claim's program."""

WIDE = 4
"""Panels beside each other in the picture."""


def called(reading: str) -> str:
    """A reading in words.

    >>> called("printed"), called("linear_output")
    ('as printed', 'linear output units')
    """
    try:
        return READINGS.get(reading) or departure(reading)
    except OSError:  # somebody's own
        return reading


def number(value: float) -> str:
    """Three digits.

    >>> number(0.5), number(12.345), number(1234.5)
    ('0.5', '12.3', '1230')
    """
    return f"{float(f'{value:.3g}'):g}"


def _p(one: Finding) -> str:
    if one.effect is None:
        return ""
    return "< 0.001" if one.corrected < 0.001 else f"{one.corrected:.2g}"


def _effect(one: Finding) -> str:
    found = one.effect
    return f"{number(found.value)} [{number(found.low)}, {number(found.high)}]" if found else ""


def _what(one: Finding) -> str:
    return one.effect.what if one.effect else "too few trials were solved to compare their times"


def _sample(sample: Sample) -> str:
    counted = f"{len(sample.there)}/{len(sample.trials)}" if sample.budget else f"{len(sample.there)} nets"
    return f"{sample.setting}: {counted}"


def counted(found: Sequence[Finding]) -> str:
    """How many claims hold, do not, and stay open, in a sentence; a claim counts once for each reading."""
    parts = []
    for reading in sorted({one.reading for one in found}, key=_place):
        own = Counter(one.verdict for one in found if one.reading == reading)
        parts.append(
            f"{called(reading)}: {own['holds']} hold, {own['does not hold']} do not, {own['open']} stay open of "
            f"{own.total()}"
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _place(reading: str) -> tuple[int, str]:
    order = ["closest", "printed", None, OWN]
    return order.index(reading if reading in order else None), reading


COLUMNS: list[Column[Finding]] = [
    Column("claim", lambda one: one.name, left=True),
    Column("what is claimed", lambda one: one.claim.text, left=True, documents_only=True),
    Column("reading", lambda one: called(one.reading), left=True),
    Column("verdict", lambda one: one.verdict, left=True),
    Column("effect [95 %]", _effect),
    Column("effect of", _what, left=True, documents_only=True),
    Column("p", _p),
    Column("solved", lambda one: "; ".join(map(_sample, one.samples)), left=True, documents_only=True),
    Column("time", lambda one: duration(one.seconds), documents_only=True),
]
"""A line for each claim and reading."""

SHORT: list[Column[tuple[Finding, ...]]] = [
    Column("claim", lambda own: own[0].claim.text, left=True),
    Column("source", lambda own: own[0].claim.source, left=True),
    Column("tried", lambda own: own[0].claim.design, left=True),
    Column("verdict", lambda own: "; ".join(f"**{one.verdict}** ({called(one.reading)})" for one in own), left=True),
]
"""A line for each claim, with its findings under all readings."""


def by_claim(found: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """The findings of each claim, in their order."""
    return [tuple(own) for _, own in groupby(found, key=lambda one: one.name)]


def picture(found: Sequence[Finding], path: Path, formats: Sequence[str] = ()) -> None:
    """Draw a panel for each finding: how the share of solved trials grows, a line for each setting; or every measure.

    Args:
        found: judged.
        path: the picture to write; its ending gives the format unless there are `formats`.
        formats: endings, one file each.
    """
    from matplotlib.ticker import EngFormatter, PercentFormatter

    from lstm_jax.report.style import plt, save

    high = -(-len(found) // WIDE)
    figure, axes = plt.subplots(high, WIDE, figsize=(13, 2.5 * high), squeeze=False, layout="constrained")
    for axis, one in zip(axes.flat, found, strict=False):
        colours = plt.get_cmap("viridis")(np.linspace(0, 0.85, len(one.samples)))
        draw = _measures if one.claim.measure else _curves
        draw(axis, one, colours)
        axis.set_title(_title(one), fontsize=8, loc="left")
        axis.tick_params(labelsize=7)
        if one.claim.measure is None:
            axis.xaxis.set_major_formatter(EngFormatter(sep=""))
            axis.yaxis.set_major_formatter(PercentFormatter(1.0))
        axis.legend(fontsize=6.5, loc="best")
    for axis in axes.flat[len(found) :]:
        axis.set_visible(False)
    save(figure, path, formats, dpi=110)


def _title(one: Finding) -> str:
    text = "\n".join(wrap(one.claim.text, 50))
    return f"{text}\n{called(one.reading)}: {one.verdict.upper()}"


def _curves(axis: Any, one: Finding, colours: Any) -> None:
    """The share of solved trials against what is counted (Kaplan and Meier), with intervals."""
    for sample, colour in zip(one.samples, colours, strict=True):
        assert sample.budget is not None
        times = [None if at is None else int(at) for at in sample.trials]
        curve = success_curve(times, sample.budget)
        all_solved = bool(curve.solved) and curve.solved[-1] == 1
        at = [0.0, *curve.presentations, curve.presentations[-1] if all_solved else sample.budget]
        axis.fill_between(at, _steps(curve.low), _steps(curve.high), step="post", color=colour, alpha=0.18, linewidth=0)
        axis.step(at, _steps(curve.solved), where="post", color=colour, linewidth=1.5, label=_sample(sample))
    axis.set(ylim=(-0.04, 1.04), xlim=(0, None))
    axis.set_xlabel(COUNTED[one.claim.program], fontsize=7)


def _steps(values: Sequence[float]) -> list[float]:
    """From nothing at the start to the end of training."""
    return [0.0, *values, values[-1] if values else 0.0]


def _measures(axis: Any, one: Finding, colours: Any) -> None:
    """Every net's measure as a dot, and the median."""
    random = np.random.default_rng(0)
    for y, (sample, colour) in enumerate(zip(one.samples, colours, strict=True)):
        values = np.array(sample.there)
        axis.plot(values, y + random.uniform(-0.2, 0.2, len(values)), ".", color=colour, label=_sample(sample))
        axis.vlines(np.median(values), y - 0.35, y + 0.35, color=colour)
    axis.set(yticks=range(len(one.samples)), ylim=(-0.6, len(one.samples) - 0.4))
    axis.set_yticklabels([sample.setting for sample in one.samples])
    assert one.claim.measure is not None
    axis.set_xlabel(one.claim.measure.in_words, fontsize=7)


def method(found: Sequence[Finding]) -> str:
    """How claims are judged, in a paragraph."""
    kinds = [EXPECTATIONS[kind] for kind in dict.fromkeys(one.claim.expect for one in found)]
    tests = "".join(f"- {_sentence(kind.test.__doc__)}\n" for kind in kinds)
    return (
        f"What is expected, and how it is tested:\n\n{tests}\n"
        f"p values are two-sided and corrected by Holm for all {len(found)} findings. A claim *holds* or *does not "
        "hold* where p < 0.05; else it stays *open*. Trials that were not solved count as censored in log-rank tests "
        "and with their budget in means. Where fewer than half of the trials of a setting were solved, times are not "
        "said to be alike or to grow less. Intervals: 95 %, percentiles of 10,000 resamples; of shares Wilson's. They "
        "are of each finding alone and p is corrected: so an interval may leave out what is not claimed while "
        "the claim stays open.\n"
    )


def _sentence(docstring: str | None) -> str:
    return " ".join((docstring or "").split("\n\n")[0].split())
