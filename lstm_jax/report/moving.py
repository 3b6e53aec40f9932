"""A moving picture of what a net of memory blocks does in one sequence: an SVG that moves in a page without a script.

A belt brings the inputs. In every block an input gate opens and shuts, the state goes round, unchanged but for what is
let in, and an output gate shows it. Below, the same values are drawn step by step.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

import numpy as np

from lstm_jax.analysis.traces import answer, due, question, symbol
from lstm_jax.cells import MemoryBlocks
from lstm_jax.networks import Network
from lstm_jax.paper.tables import title as row_title
from lstm_jax.report import labels
from lstm_jax.report.motion import (
    ARRIVES,
    AT_ONCE,
    ENTERS,
    LEAVES,
    STAYS,
    Clock,
    Number,
    Part,
    circle,
    course,
    label,
    moves,
    rect,
    schedule,
    shifted,
    short,
    signed,
    switched,
    track,
)
from lstm_jax.report.style import BLUE, GREEN, ORANGE, PURPLE, YELLOW
from lstm_jax.report.told import keeper, let_in, shown, told

COLORS = (BLUE, ORANGE, GREEN, PURPLE)
"""Colours of blocks."""

WIDTH = 960
MOST_OUTPUTS = 8
"""Largest number of output units that are drawn."""

BELT, PITCH = 66, 38
"""Top of the belt, and how wide each step of it is."""
NET, NET_HEIGHT = 150, 216
"""Top of the blocks, and their height together."""
INTAKE = 60
"""Where the step stands that is shown to the net."""
LEFT, RIGHT = 62, 790
"""Ends of the time axis of the panels."""
PANELS, PANEL, GAP = 430, 48, 10
"""Top of the panels, the height of each, and what is between two."""


def moving(task: Any, network: Network, about: Mapping[str, Any], found: Mapping[str, np.ndarray]) -> str:
    """The picture as the text of an SVG. Without motion, where readers asked for less, it shows the last step.

    Args:
        task: names the symbols.
        network: of memory blocks.
        about: what was drawn, for the title.
        found: arrays by name, `[time, ...]`, as `experiments.trace` records them.
    """
    cell = network.cell
    assert isinstance(cell, MemoryBlocks)
    clock = schedule(important(task, found))
    height = PANELS + (3 + cell.blocks) * (PANEL + GAP) + 38
    parts = [
        _frame(task, about, found, height),
        _belt(task, found, clock),
        _blocks(task, cell, found, clock),
        _outputs(task, found, clock),
        _told(told(task, cell, found, clock.slow), clock),
        _panels(task, cell, found, clock),
    ]
    if network.outputs_see_inputs:
        parts.insert(1, _shortcut())
    whole = sum(parts[1:], parts[0])
    style = [
        "text{font-family:system-ui,'DejaVu Sans',sans-serif;font-size:12px;fill:#222}",
        f".m{{animation:{short(clock.total)}s linear infinite}}",
        *whole.tracks,
        "@media(prefers-reduced-motion:reduce){.m{animation:none!important}}",
    ]
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', "<style>", *style, "</style>", *whole.shapes, "</svg>"]
    return "\n".join(lines) + "\n"


def important(task: Any, found: Mapping[str, np.ndarray]) -> np.ndarray:
    """The steps that are shown slowly: where something has to be kept, and where an answer is due, `[time]`."""
    slow = found["relevant"].copy()
    slow[due(task, found["inputs"])] = True
    if "target_mask" in found and len(slow) <= 25:
        slow |= found["target_mask"]
    return slow


def _frame(task: Any, about: Mapping[str, Any], found: Mapping[str, np.ndarray], height: int) -> Part:
    """The ground, the title, the question, and what has to be known about the picture."""
    learned = f"trained with {about['presentations']:,} sequences"
    title = f"Inside a net: row {row_title(about['row'])}, {learned}"
    note = "Slow where it matters, faster in between. All values are recorded."
    if "otherwise_state" in found:
        note += " Grey: that state, had each yellow input been the opposite one."
    return Part(
        [
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#fff"/>',
            label(20, 28, title, "font-size:17px;font-weight:bold"),
            label(20, 50, question(task), "font-size:14px"),
            label(20, height - 10, note, "fill:#666"),
        ]
    )


def _belt(task: Any, found: Mapping[str, np.ndarray], clock: Clock) -> Part:
    """The inputs, which pass by; the net sees the one in the window."""
    inputs, relevant = found["inputs"], found["relevant"]
    shapes = []
    top = np.abs(inputs[:, 0]).max() if inputs.ndim == 2 else 1
    for t in range(len(inputs)):
        x = PITCH * t
        if relevant[t]:
            shapes.append(f'<rect x="{x - PITCH / 2}" width="{PITCH}" height="40" fill="{YELLOW}"/>')
        if inputs.ndim == 1:
            weight = "font-weight:bold;font-size:19px" if relevant[t] else "font-size:15px;fill:#555"
            shapes.append(label(x, 26, symbol(task, int(inputs[t])), weight, "middle"))
            continue
        value = float(inputs[t, 0])
        height = abs(value) / top * 18
        shapes.append(rect(x - 17, 20 - (height if value > 0 else 0), 6, height, 'fill="#555"'))
        weight = "font-weight:bold;font-size:11px" if relevant[t] else "fill:#777;font-size:10px"
        shapes.append(label(x - 8, 24, signed(value, 2 if relevant[t] else 1), weight))
    moved = course(clock, PITCH, -PITCH * np.arange(len(inputs)), ARRIVES)
    belt = track("belt", "translateX", moved, clock)
    return Part(
        [
            f'<clipPath id="around"><rect x="20" y="{BELT}" width="{WIDTH - 40}" height="40"/></clipPath>',
            f'<rect x="20" y="{BELT}" width="{WIDTH - 40}" height="40" fill="#eee"/>',
            f'<g clip-path="url(#around)"><g transform="translate({INTAKE},{BELT})">',
            f"<g {moves('belt', 'translateX', moved)}>",
            *shapes,
            "</g></g></g>",
            f'<rect x="{INTAKE - PITCH / 2}" y="{BELT - 2}" width="{PITCH}" height="44" rx="4" fill="none" '
            'stroke="#222" stroke-width="2.5"/>',
            label(WIDTH - 24, BELT + 56, "still to come", "fill:#666", "end"),
            label(INTAKE + PITCH / 2 + 6, BELT + 56, "the input of this step", "fill:#666"),
        ],
        [belt],
    )


def _shortcut() -> Part:
    bottom = NET + NET_HEIGHT + 8
    path = f"M{INTAKE} {BELT + 42}V{bottom}H690V{NET + NET_HEIGHT - 20}"
    return Part([f'<path d="{path}" fill="none" stroke="#ddd" stroke-width="2" stroke-dasharray="2 4"/>'])


def _blocks(task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray], clock: Clock) -> Part:
    """Every block: what comes in, input gate, states in their carrousel, output gate, what is shown."""
    constant = type(cell).decay is MemoryBlocks.decay
    heads = [
        (165, "cell input"),
        (252, "input gate"),
        (400, "state, carried along" + (" × 1" if constant else "")),
        (536, "output gate" if cell.output_gates else ""),
        (646, "cell output"),
    ]
    part = Part([label(x, NET - 8, head, "font-weight:bold", "middle") for x, head in heads])
    scales = {name: np.abs(found[name]).max() or 1.0 for name in ("cell_input", "cell_output")}
    height = NET_HEIGHT / cell.blocks
    for block in range(cell.blocks):
        middle = NET + height * (block + 0.5)
        own = scales | {"state": _bound(task, cell, found, block)}
        part += _block(cell, found, clock, block, middle, height / 2 - 12, own)
    ends = [NET + height * (block + 0.5) for block in range(cell.blocks)]
    pipes = f"M{INTAKE} {BELT + 42}V{ends[-1]}M690 {ends[0]}V{ends[-1]}M690 {NET + NET_HEIGHT / 2}H705"
    return Part([f'<path d="{pipes}" fill="none" stroke="#bbb" stroke-width="3"/>']) + part


def _block(
    cell: MemoryBlocks,
    found: Mapping[str, np.ndarray],
    clock: Clock,
    block: int,
    middle: Number,
    half: Number,
    scales: Mapping[str, Number],
) -> Part:
    color, size = COLORS[block % len(COLORS)], cell.block_size
    cells = range(block * size, (block + 1) * size)
    pipes = (
        f"M{INTAKE} {middle}H146M184 {middle}H241M263 {middle}H322M478 {middle}H525M547 {middle}H627M665 {middle}H690"
    )
    ring = f"M322 {middle}v{-half - 4}h156v{2 * half + 8}h-156z"
    turned = course(clock, 0.0, -12.0 * (1 + np.arange(len(clock.slow))), STAYS)
    part = Part(
        [
            f'<path d="{pipes}" fill="none" stroke="#bbb" stroke-width="3"/>',
            label(INTAKE + 8, middle - 6, labels.cell(block, 1), f"font-weight:bold;fill:{color}"),
            f'<path d="{ring}" fill="none" stroke="{color}" stroke-width="3" stroke-dasharray="8 4" '
            f'stroke-linejoin="round" {moves(f"ring-{block}", "stroke-dashoffset", turned)}/>',
        ],
        [track(f"ring-{block}", "stroke-dashoffset", turned, clock)],
    )
    for name, left, right, phase in (
        ("cell_input", 146, 184, ENTERS),
        ("state", 334, 466, STAYS),
        ("cell_output", 627, 665, LEAVES),
    ):
        part += Part([_vessel(left, right, middle, half)])
        if name == "state":
            bound = f"{scales[name]:.1f}"
            part += Part(
                [
                    label(337, middle - half + 10, "+" + bound, "fill:#888;font-size:9px"),
                    label(337, middle + half - 3, "−" + bound, "fill:#888;font-size:9px"),
                ]
            )
        for inside, unit in enumerate(cells):
            width = min(30, (right - left) / size - 4)
            x = (left + right) / 2 + (inside - (size - 1) / 2) * (width + 6) - width / 2
            bar = (x, middle - half, width, half, color, 1 - 0.45 * (inside % 2))
            part += _bar(f"{name}-{unit}", bar, found[name][:, unit] / scales[name], clock, phase)
    for name, x, phase in (("input_gate", 252, ENTERS), ("output_gate", 536, LEAVES)):
        if name in found:
            part += _gate(f"{name}-{block}", x, middle, half, color, found[name][:, block], clock, phase)
    return part


def _bound(task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray], block: int) -> float:
    """Of the axis of a block's states: what they reach, but at least a quarter of what any state reaches."""
    states, own = np.abs(found["state"]), slice(block * cell.block_size, (block + 1) * cell.block_size)
    kept = keeper(task, cell, found)
    other = np.abs(found["otherwise_state"][:, kept]) if "otherwise_state" in found else np.zeros(1)
    other = other if kept // cell.block_size == block else np.zeros(1)
    return float(max(states[:, own].max(), states.max() / 4, other.max())) or 1.0


def _vessel(left: Number, right: Number, middle: Number, half: Number) -> str:
    glass = rect(left, middle - half, right - left, 2 * half, 'rx="3" fill="#f4f4f4" stroke="#999"')
    return glass + f'<path d="M{left} {middle}h{right - left}" stroke="#999"/>'


def _bar(
    name: str, bar: tuple[Number, Number, Number, Number, str, Number], values: np.ndarray, clock: Clock, phase: Any
) -> Part:
    """A bar that stands on zero and points down where a value is negative; `values` are in parts of its height."""
    x, top, width, height, color, opacity = bar
    points = course(clock, 0.0, values, phase)
    looks = f'fill="{color}" fill-opacity="{opacity}" {moves(name, "scaleY", points)}'
    shape = shifted(x, top + height, rect(0, -height, width, height, looks))
    return Part([shape], [track(name, "scaleY", points, clock)])


def _gate(
    name: str, x: Number, middle: Number, half: Number, color: str, values: np.ndarray, clock: Clock, phase: Any
) -> Part:
    """A wall with a gap in its middle, which is as wide as the gate is open."""
    points = course(clock, 0.0, values, phase)
    wall = rect(x - 11, middle - half, 22, 2 * half, 'rx="3" fill="#444"')
    gap = shifted(x, middle, rect(-11, 2 - half, 22, 2 * half - 4, f'fill="#fff" {moves(name, "scaleY", points)}'))
    frame = rect(x - 11, middle - half, 22, 2 * half, 'rx="3" fill="none" stroke="#444"')
    line = f'<path d="M{x - 11} {middle}h22" stroke="{color}" stroke-width="3"/>' + frame
    return Part([wall, gap, line], [track(name, "scaleY", points, clock)])


def _outputs(task: Any, found: Mapping[str, np.ndarray], clock: Clock) -> Part:
    """Output units as bars, and what they should be as circles, where that counts."""
    outputs, units = found["outputs"], _drawn(task, found)
    many = len(units)
    low, high = _range(found)
    left, right = 780, 925
    scale = (right - left) / (high - low)
    zero = left - low * scale
    height = min(36.0, NET_HEIGHT / many)
    top = NET + (NET_HEIGHT - height * many) / 2
    part = Part([label((left + right) / 2, NET - 8, "output units", "font-weight:bold", "middle")])
    masked = "target_mask" in found
    for i, k in enumerate(units):
        y = top + height * i
        points = course(clock, 0.0, outputs[:, k], LEAVES)
        name = f"output-{k}"
        thick = height * 0.56
        bar = rect(0, 0, scale, thick, f'fill="#333" {moves(name, "scaleX", points)}')
        part += Part(
            [
                rect(left, y + height * 0.22, right - left, thick, 'fill="#f4f4f4" stroke="#ccc"'),
                shifted(zero, y + height * 0.22, bar),
                label(left - 12, y + height / 2 + 4, answer(task, k) if many > 1 else "output", "", "end"),
            ],
            [track(name, "scaleX", points, clock)],
        )
        targets = found["targets"][:, k] if masked else np.full(len(outputs), found["targets"][k])
        counts = found["target_mask"].copy() if masked else np.arange(len(outputs)) == len(outputs) - 1
        if masked:
            counts &= targets > 0.5
        if not counts.any():
            continue
        # Where it counts a target does not change from step to step but between 0 and 1, which alone is circled.
        value = float(targets[np.flatnonzero(counts)[0]])
        seen = switched(clock, counts)
        ring = circle(zero + value * scale, y + height / 2, 6, moves(f"target-{k}", "opacity", seen))
        part += Part([ring], [track(f"target-{k}", "opacity", seen, clock)])
    words = "circle: what comes next" if masked else "circle, at the end: what is right"
    return part + Part([label((left + right) / 2, NET + NET_HEIGHT + 4, words, f"fill:{GREEN}", "middle")])


def _range(found: Mapping[str, np.ndarray]) -> tuple[float, float]:
    """Of the axis of output units: 0 to 1, or more where they leave it."""
    return min(0.0, float(found["outputs"].min())), max(1.0, float(found["outputs"].max()))


def _told(lines: Iterable[tuple[int, int, str]], clock: Clock) -> Part:
    """The words under the net, those of the present step alone."""
    y = NET + NET_HEIGHT + 34
    part = Part([f'<rect x="20" y="{y - 19}" width="{WIDTH - 40}" height="27" rx="4" fill="#fdf6d8"/>'])
    before = "Before the first step all states are 0."
    lines = [(-1, 0, before), *lines]
    for i, (begin, end, text) in enumerate(lines):
        start = 0.0 if begin < 0 else clock.begins[begin]
        stop = clock.total if i == len(lines) - 1 else clock.begins[end]
        seen = [(0.0, float(begin < 0))]
        if begin >= 0:
            seen += [(start - AT_ONCE, 0.0), (start, 1.0)]
        seen += [(stop - AT_ONCE, 1.0), (stop, 0.0)] if stop < clock.total else [(clock.total, 1.0)]
        seen += [(clock.total, 0.0)] if stop < clock.total else []
        name = f"words-{i}"
        words = label(30, y, text, "font-size:14px").replace("<text", f"<text {moves(name, 'opacity', seen)}", 1)
        part += Part([words], [track(name, "opacity", seen, clock)])
    return part


class _Panel(NamedTuple):
    """Lines against the step."""

    name: str
    values: np.ndarray
    """`[time, lines]`"""
    styles: Sequence[tuple[str, str]]
    """Colour and dashes of each line; of two that meet the later one is in front."""
    axis: tuple[float, float]
    title: str
    words: str
    otherwise: np.ndarray | None = None
    """`[time]`, in grey behind the others."""


def _panels(task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray], clock: Clock) -> Part:
    """The same values against the step, from the input gates to the outputs; what has not been yet is covered."""
    steps = len(clock.slow)
    at = LEFT + (RIGHT - LEFT) * (np.arange(steps) + 0.5) / steps
    panels = _lines(task, cell, found)
    bottom = PANELS + (len(panels) + 1) * (PANEL + GAP) - GAP
    shapes = []
    wide = max(3.0, (RIGHT - LEFT) / steps)
    for t in np.flatnonzero(found["relevant"]):
        band = f'fill="{YELLOW}" opacity=".7"'
        shapes.append(rect(at[t] - wide / 2, PANELS - 4, wide, bottom - PANELS + 8, band))
        name = shown(task, found["inputs"], int(t)).removesuffix(", marked")
        shapes.append(label(at[t], PANELS - 8, name, "font-weight:bold", "middle"))
    for i, panel in enumerate(panels):
        shapes += _panel(panel, at, PANELS + i * (PANEL + GAP))
    shapes += _answers(task, found, at, bottom - PANEL)
    moved = course(clock, float(LEFT), at, (ENTERS[0], LEAVES[1]))
    shapes += [
        f'<clipPath id="axis"><rect x="{LEFT - 2}" y="{PANELS - 6}" width="{RIGHT - LEFT + 4}" '
        f'height="{bottom - PANELS + 12}"/></clipPath>',
        f'<g clip-path="url(#axis)"><g {moves("cursor", "translateX", moved)}>',
        f'<rect x="1" y="{PANELS - 4}" width="{WIDTH}" height="{bottom - PANELS + 8}" fill="#fff" opacity=".78"/>',
        f'<path d="M0 {PANELS - 4}V{bottom + 4}" stroke="#222" stroke-width="2"/></g></g>',
        label(RIGHT, bottom + 18, f"step {steps}", "fill:#666", "end"),
        label(LEFT, bottom + 18, "step 1", "fill:#666"),
    ]
    return Part(shapes, [track("cursor", "translateX", moved, clock)])


def _lines(task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray]) -> list[_Panel]:
    """Input gates, what is let in, and the states block by block."""
    size, entering, kept = cell.block_size, let_in(cell, found), keeper(task, cell, found)
    blocks = [COLORS[block % len(COLORS)] for block in range(cell.blocks)]
    cells = [(blocks[i // size], "" if i % size == 0 else f"{6 - 2 * (i % size)} 2") for i in range(cell.cells)]
    most = float(np.abs(entering).max()) or 1.0
    panels = [
        _Panel("gate", found["input_gate"], [(c, "") for c in blocks], (0, 1), "input gates", "1 open, 0 shut"),
        _Panel("let", entering, cells, (-most, most), "let into the cells", "input gate × cell input"),
    ]
    for block in range(cell.blocks):
        bound, own = _bound(task, cell, found, block), slice(block * size, (block + 1) * size)
        other = found["otherwise_state"][:, kept] if block == kept // size and "otherwise_state" in found else None
        title = "state" + "s" * (size > 1) + (f" of block {block + 1}" if cell.blocks > 1 else "")
        words = "" if other is None else "grey: yellow exchanged"
        states = found["state"][:, own]
        panels.append(_Panel(f"block{block}", states, cells[own], (-bound, bound), title, words, other))
    return panels


def _answers(task: Any, found: Mapping[str, np.ndarray], at: np.ndarray, top: Number) -> list[str]:
    """The output units: as lines, or as rows of shades where an answer is due at every step."""
    many = found["outputs"].shape[1]
    title = "output units" if many > 1 else "output unit"
    if "target_mask" in found:
        words = "circle: what comes next"
        return [*_titled(title, words, top), *_shades(task, found, at, top)]
    right = int(np.argmax(found["targets"]))
    others = [k for k in range(many) if k != right]
    styles = [("#bbb", "")] * len(others) + [("#111", "")]
    words = "black: the right one" if many > 1 else ""
    return _panel(_Panel("out", found["outputs"][:, [*others, right]], styles, _range(found), title, words), at, top)


def _panel(panel: _Panel, at: np.ndarray, top: Number) -> list[str]:
    low, high = panel.axis

    def line(values: np.ndarray) -> str:
        y = top + PANEL * (high - values) / (high - low)
        return " ".join(f"{short(round(a, 1))},{short(round(b, 1))}" for a, b in zip(at, y, strict=True))

    small = "fill:#666;font-size:10px"
    shapes = [
        f'<path d="M{LEFT} {short(top + PANEL * high / (high - low))}H{RIGHT}" stroke="#ccc"/>',
        *_titled(panel.title, panel.words, top),
        label(LEFT - 6, top + 9, short(round(high, 1)), small, "end"),
        label(LEFT - 6, top + PANEL, short(round(low, 1)).replace("-", "−"), small, "end"),
    ]
    if panel.otherwise is not None:
        looks = 'fill="none" stroke="#bbb" stroke-width="4"'
        shapes.append(f'<polyline id="otherwise" points="{line(panel.otherwise)}" {looks}/>')
    for k, (values, (color, dashes)) in enumerate(zip(panel.values.T, panel.styles, strict=True)):
        looks = f'fill="none" stroke="{color}" stroke-width="1.8"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
        shapes.append(f'<polyline id="{panel.name}-{k}" points="{line(values)}" {looks}/>')
    return shapes


def _titled(title: str, words: str, top: Number) -> list[str]:
    return [
        label(RIGHT + 10, top + 22, title, "font-weight:bold"),
        label(RIGHT + 10, top + 38, words, "fill:#666;font-size:11px"),
    ]


def _shades(task: Any, found: Mapping[str, np.ndarray], at: np.ndarray, top: Number) -> list[str]:
    outputs, targets, units = found["outputs"], found["targets"], _drawn(task, found)
    row, wide = PANEL / len(units), at[1] - at[0]
    shapes = []
    for i, k in enumerate(units):
        y = top + row * i
        shapes.append(label(LEFT - 6, y + row - 0.5, answer(task, k), "fill:#666;font-size:8px", "end"))
        for t, value in enumerate(np.clip(outputs[:, k], 0, 1)):
            shapes.append(rect(at[t] - wide / 2, y, wide, row, f'fill-opacity="{short(value)}"'))
            if found["target_mask"][t] and targets[t, k] > 0.5:
                shapes.append(circle(float(at[t]), y + row / 2, 3, ""))
    return shapes


def _drawn(task: Any, found: Mapping[str, np.ndarray]) -> list[int]:
    """The output units that are drawn: those that are most active when the answer is due, if there are many."""
    active = found["outputs"][due(task, found["inputs"])]
    return sorted(int(k) for k in np.argsort(-active, kind="stable")[:MOST_OUTPUTS])
