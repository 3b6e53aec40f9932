"""Shapes of an SVG that move without a script: when steps of a sequence are shown, and keyframes of values."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lstm_jax.report.style import GREEN

BEFORE, AFTER = 1.2, 4.5
"""Seconds before the first step and after the last."""
SLOWEST, SLOW_TOGETHER = 2.6, 20.0
"""Seconds of a step that is shown slowly, at most, and of all of them together."""
FASTER = (0.08, 2.4, 4.0)
"""Seconds of each other step, and of all steps between two slow ones at least and at most."""
ARRIVES, ENTERS, STAYS, LEAVES = (0.0, 0.2), (0.2, 0.45), (0.45, 0.7), (0.7, 0.95)
"""Parts of a slow step: the belt moves; inputs and input gates; states; output gates and outputs."""
AT_ONCE = 1e-3
"""Seconds that something takes to appear."""

Number = int | float | np.number

Points = Sequence[tuple[Number, Number]]
"""Values with their seconds."""


class Part(NamedTuple):
    """Shapes of a picture, and how they move."""

    shapes: Sequence[str]
    tracks: Sequence[str] = ()

    def __add__(self, other: "Part") -> "Part":  # pyright: ignore[reportIncompatibleMethodOverride]
        return Part([*self.shapes, *other.shapes], [*self.tracks, *other.tracks])


class Clock(NamedTuple):
    """When each step is shown."""

    begins: np.ndarray
    """Second at which a step begins."""
    lasts: np.ndarray
    slow: np.ndarray
    total: float
    """Seconds until the picture begins anew."""


def schedule(slow: np.ndarray) -> Clock:
    """When each step is shown, and for how long, `slow` being those that matter.

    >>> clock = schedule(np.array([True, False, False, False, True]))
    >>> clock.lasts.round(2).tolist(), round(clock.total, 2)
    ([2.6, 0.8, 0.8, 0.8, 2.6], 13.3)
    """
    lasts = np.full(len(slow), min(SLOWEST, SLOW_TOGETHER / slow.sum()))
    each, least, most = FASTER
    for begin, end in spans(slow):
        if not slow[begin]:
            lasts[begin:end] = min(most, max(least, each * (end - begin))) / (end - begin)
    ends = BEFORE + np.cumsum(lasts)
    return Clock(ends - lasts, lasts, slow, float(ends[-1] + AFTER))


def spans(slow: np.ndarray) -> list[tuple[int, int]]:
    """Each slow step, and the others from one to the next, as first and last + 1."""
    cuts = [t for t in range(1, len(slow)) if slow[t] or slow[t - 1]]
    return list(pairwise([0, *cuts, len(slow)]))


def course(clock: Clock, before: Number, values: np.ndarray, part: tuple[float, float]) -> Points:
    """How a value moves: within this part of each slow step, and evenly through the others."""
    points: list[tuple[Number, Number]] = [(0.0, before), (clock.begins[0], before)]
    last = before
    for begin, duration, slow, value in zip(clock.begins, clock.lasts, clock.slow, values, strict=True):
        if slow:
            points += [(begin, last), (begin + part[0] * duration, last), (begin + part[1] * duration, value)]
        points.append((begin + duration, value))
        last = value
    return [*points, (clock.total, last)]


def switched(clock: Clock, on: np.ndarray) -> Points:
    """1 while steps are shown at which something is the case, from their last part on."""
    points = [(0.0, 0.0)]
    last = 0.0
    for t, now in enumerate(on):
        at = clock.begins[t] + (LEAVES[0] * clock.lasts[t] if clock.slow[t] else 0.0)
        if last and t:
            points += [(clock.begins[t] - AT_ONCE, 1.0), (clock.begins[t], 0.0)]
        if now:
            points += [(at - AT_ONCE, 0.0), (at, 1.0)]
        last = float(now)
    return [*points, (clock.total, last)]


def moves(name: str, how: str, points: Points) -> str:
    """Attributes of what moves: where it is without motion, which is where it ends."""
    last = short(points[-1][1])
    if how in ("opacity", "stroke-dashoffset"):
        still = f'{how}="{last}"'
    else:
        x, y = {"translateX": (last, "0"), "scaleX": (last, "1"), "scaleY": ("1", last)}[how]
        still = f'transform="{how[:-1]}({x},{y})"'
    return f'id="{name}" class="m" {still}'


def track(name: str, how: str, points: Points, clock: Clock) -> str:
    """Keyframes; a point that is as the one before and the one after moves nothing and is left out."""
    written = [(short(100 * at / clock.total), short(value)) for at, value in points]
    kept = [
        point
        for i, point in enumerate(written)
        if i in (0, len(written) - 1) or not (written[i - 1][1] == point[1] == written[i + 1][1])
    ]
    unit = "px" if how == "translateX" else ""
    value = f"{how}:{{}}" if how in ("opacity", "stroke-dashoffset") else f"transform:{how}({{}}{unit})"
    frames = "".join(f"{at}%{{{value.format(number)}}}" for at, number in kept)
    return f"#{name}{{animation-name:{name}}}@keyframes {name}{{{frames}}}"


def rect(x: Number, y: Number, width: Number, height: Number, looks: str) -> str:
    """A rectangle; `looks` are more attributes."""
    place = f'x="{short(x)}" y="{short(y)}" width="{short(width)}" height="{short(height)}"'
    return f"<rect {place} {looks}/>"


def circle(x: Number, y: Number, radius: Number, more: str) -> str:
    """A ring around what is right."""
    place = f'cx="{short(x)}" cy="{short(y)}" r="{radius}"'
    return f'<circle {place} fill="none" stroke="{GREEN}" stroke-width="{radius / 2}" {more}/>'


def shifted(x: Number, y: Number, shape: str) -> str:
    """A shape with its origin here."""
    return f'<g transform="translate({short(x)},{short(y)})">{shape}</g>'


def label(x: Number, y: Number, words: str, style: str = "", anchor: str = "") -> str:
    """Words; `anchor` says which end of them stands here."""
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    looks = f' style="{style}"' if style else ""
    return f'<text x="{short(x)}" y="{short(y)}"{anchored}{looks}>{escape(words)}</text>'


def short(number: Number) -> str:
    """Three decimals at most."""
    text = f"{number:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def signed(number: Number, digits: int = 2) -> str:
    """A number as it is read, with a real minus sign and no sign before zero."""
    text = f"{number:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")
