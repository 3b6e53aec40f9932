"""Draw what stands on what: the packages of this repository, with an arrow for every import that the picture needs.

python docs/architecture.py docs/architecture.svg

Where boxes stand is written here; the arrows are read from the source. A package that is not drawn, a box without a
package and an import that points upwards are errors, so that the picture is true as long as it can be drawn.
"""

import ast
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]

SOURCES = ("experiments", "hydra_plugins", "lstm_jax")


class Box(NamedTuple):
    """A package: where it stands, and what it is for."""

    row: int
    left: int
    right: int
    kind: str
    words: str


BOXES = {
    "experiments": Box(
        0, 20, 980, "entrance", "thin programs: train, reproduce, results, dashboard, compare, guess, ..."
    ),
    "front": Box(1, 680, 835, "entrance", "experiment, train, load"),
    "hydra_plugins": Box(1, 850, 980, "entrance", "sweeps as lanes"),
    "jobs": Box(2, 180, 820, "computed", "many experiments at once; which of them share one program; progress bars"),
    "composition": Box(2, 850, 980, "entrance", "files to settings"),
    "modules": Box(3, 20, 150, "computed", "layers of Flax"),
    "trials": Box(3, 180, 420, "computed", "lanes, checkpoints, one presentation"),
    "report": Box(3, 450, 660, "written", "tables, figures, the page"),
    "trackers": Box(3, 690, 830, "written", "W&B, MLflow, ..., yours"),
    "learners": Box(4, 180, 420, "computed", "rule x optimizer x when x growth"),
    "analysis": Box(4, 450, 660, "written", "error flow, traces, abuse"),
    "results": Box(4, 690, 830, "written", "files, groups of runs"),
    "gradients": Box(5, 180, 290, "computed", "appendix A.1"),
    "baselines": Box(5, 305, 440, "computed", "chunker, guessing"),
    "paper": Box(5, 690, 980, "written", "Tables 1 to 9, intervals, verdicts"),
    "criteria": Box(6, 340, 450, "computed", "when solved"),
    "tasks": Box(6, 480, 660, "computed", "sections 5.1 to 5.6"),
    "networks": Box(7, 20, 660, "computed", "output units over a layer of cells; whole sequences"),
    "cells": Box(8, 20, 660, "computed", "section 4: memory blocks; Elman, GRU, LSTM, sLSTM, ..., one file each"),
}

WITHIN = {
    "__main__": "experiments",
    "completion": "experiments",
    "construction": "learners",
    "option_list": "options",
    "own_files": "composition",
}
"""Modules that are drawn as a part of a box."""

GROUND = (
    "compiled",
    "configuration",
    "options",
    "own_code",
    "overrides",
    "places",
    "random",
    "safetensors",
    "trees",
    "types",
    "stages",
    "errors",
    "runtime",
)
"""What everything may stand on: it has no arrows."""

LATE = {("options", "learners")}
"""Imports of the ground that wait until a part is asked for by its name."""

ENTRANCES = {("experiments", "modules"): 85, ("analysis", "networks"): 465, ("baselines", "networks"): 322}
"""Where arrows stand that have to pass between other boxes."""

WIDTH, HEIGHT, TOP, GAP = 1000, 52, 20, 34

STYLE = """
svg { background: #ffffff; font-family: system-ui, "DejaVu Sans", sans-serif }
.name { font-size: 15px; font-weight: 700 } .words { font-size: 12px }
text { fill: #1a1a1a; text-anchor: middle } rect { stroke-width: 1.5; rx: 6 }
.entrance { fill: #eeeeee; stroke: #777777 } .computed { fill: #dcebf7; stroke: #0072b2 }
.written { fill: #fbe5d6; stroke: #d55e00 } .ground { fill: #ffffff; stroke: #777777; stroke-dasharray: 5 4 }
line { stroke: #555555; stroke-width: 1.4; marker-end: url(#head) } #head path { fill: #555555 }
@media (prefers-color-scheme: dark) {
  svg { background: #0d1117 } text { fill: #f0f0f0 }
  .entrance { fill: #2a2d33; stroke: #9a9a9a } .computed { fill: #12324a; stroke: #56b4e9 }
  .written { fill: #4a2a14; stroke: #e69f00 } .ground { fill: #0d1117; stroke: #9a9a9a }
  line { stroke: #b5b5b5 } #head path { fill: #b5b5b5 }
}
"""


def imports() -> set[tuple[str, str]]:
    """Every pair of parts of which the first imports the second, wherever in a file it does."""
    found = set()
    for path in (path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py"))):
        own = _part(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            found |= {(own, _part(name)) for name in names if name.partition(".")[0] in SOURCES}
    return {(user, used) for user, used in found if user != used and "" not in (user, used)}


def _part(module: str) -> str:
    """The part that a module, or a name in it, belongs to; empty for the package itself, which holds nothing."""
    first, *others = module.split(".")
    if first != "lstm_jax":
        return first
    if not others or others[0] == "__init__" or not _exists(others[0]):
        return ""
    return WITHIN.get(others[0], others[0])


def _exists(name: str) -> bool:
    return (ROOT / "lstm_jax" / name).is_dir() or (ROOT / "lstm_jax" / f"{name}.py").exists()


def arrows() -> list[tuple[str, str]]:
    """The imports to draw: none that follows from others.

    Raises:
        ValueError: the boxes do not fit the packages, or an import points upwards.
    """
    package = ROOT / "lstm_jax"
    there = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    there = {WITHIN.get(name, name) for name in there - {"__init__"}} | set(SOURCES) - {"lstm_jax"}
    if there != {*BOXES, *GROUND}:
        raise ValueError(f"drawn or there, but not both: {', '.join(sorted(there ^ {*BOXES, *GROUND}))}")
    pairs = imports()
    for user, used in sorted(pairs - LATE):
        if user in GROUND and used not in GROUND:
            raise ValueError(f"{user}, which everything may stand on, imports {used}")
        if user in BOXES and used in BOXES and BOXES[user].row >= BOXES[used].row:
            raise ValueError(f"{user} imports {used}, which does not stand below it")
    drawn = {(user, used) for user, used in pairs if user in BOXES and used in BOXES}
    below = {user: {used for own, used in drawn if own == user} for user in BOXES}
    for user in sorted(BOXES, key=lambda name: -BOXES[name].row):
        below[user] |= {further for used in below[user] for further in below[used]}
    return sorted(
        (user, used) for user, used in drawn if not any(used in below[other] for own, other in drawn if own == user)
    )


def drawing() -> str:
    """The picture as SVG."""
    ground = max(box.row for box in BOXES.values()) + 1
    height = TOP + (ground + 1) * (HEIGHT + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
        "<title>The packages of lstm-jax: each stands on those that its arrows lead to</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>',
        *(_arrow(user, used) for user, used in arrows()),
    ]
    for name, box in BOXES.items():
        lines += _box(box, name, box.words)
    lines += _box(
        Box(ground, 20, 980, "ground", ""),
        ", ".join(GROUND),
        "what everything may stand on: checked settings, random numbers for lanes, array types, ...",
    )
    return "\n".join([*lines, "</svg>"]) + "\n"


def _box(box: Box, name: str, words: str) -> Iterator[str]:
    top, middle = _top(box), (box.left + box.right) // 2
    yield f'<rect class="{box.kind}" x="{box.left}" y="{top}" width="{box.right - box.left}" height="{HEIGHT}"/>'
    yield f'<text class="name" x="{middle}" y="{top + 22}">{escape(name)}</text>'
    yield f'<text class="words" x="{middle}" y="{top + 41}">{escape(words)}</text>'


def _arrow(user: str, used: str) -> str:
    """Straight down where one box stands above the other, else between their nearest corners."""
    above, below = BOXES[user], BOXES[used]
    left, right = max(above.left, below.left), min(above.right, below.right)
    if left < right:
        start = end = ENTRANCES.get((user, used), (left + right) // 2)
    elif above.left > below.left:
        start, end = above.left + 14, below.right - 14
    else:
        start, end = above.right - 14, below.left + 14
    return f'<line x1="{start}" y1="{_top(above) + HEIGHT}" x2="{end}" y2="{_top(below) - 2}"/>'


def _top(box: Box) -> int:
    return TOP + box.row * (HEIGHT + GAP)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawing())
