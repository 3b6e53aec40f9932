"""A moving picture of what a net of memory blocks does in one sequence: an SVG that moves in a page without a script.

A belt brings the inputs. In every block an input gate opens and shuts, the state goes round, unchanged but for what is
let in, and an output gate shows it. Below, the same values are drawn step by step.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from lstm_jax.analysis.traces import answer, due, question, symbol
from lstm_jax.cells import MemoryBlocks
from lstm_jax.networks import Network
from lstm_jax.paper.tables import title as row_title
from lstm_jax.report import labels
from lstm_jax.report.style import BLUE, GREEN, ORANGE, PURPLE, YELLOW

COLORS = (BLUE, ORANGE, GREEN, PURPLE)
"""Colours of blocks."""

WIDTH = 960
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
        f".m{{animation:{_short(clock.total)}s linear infinite}}",
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


def schedule(slow: np.ndarray) -> Clock:
    """When each step is shown, and for how long, `slow` being those that matter.

    >>> clock = schedule(np.array([True, False, False, False, True]))
    >>> clock.lasts.tolist(), clock.total
    ([2.6, 0.8, 0.8, 0.8, 2.6], 13.3)
    """
    lasts = np.full(len(slow), min(SLOWEST, SLOW_TOGETHER / slow.sum()))
    each, least, most = FASTER
    for begin, end in _spans(slow):
        if not slow[begin]:
            lasts[begin:end] = min(most, max(least, each * (end - begin))) / (end - begin)
    ends = BEFORE + np.cumsum(lasts)
    return Clock(ends - lasts, lasts, slow, float(ends[-1] + AFTER))


def _spans(slow: np.ndarray) -> list[tuple[int, int]]:
    """Each slow step, and the others from one to the next, as first and last + 1."""
    cuts = [t for t in range(1, len(slow)) if slow[t] or slow[t - 1]]
    return list(pairwise([0, *cuts, len(slow)]))


def course(clock: Clock, before: Number, values: np.ndarray, part: tuple[float, float]) -> Points:
    """How a value moves: within this part of each slow step, and evenly through the others."""
    points: list[tuple[Number, Number]] = [(0.0, before)]
    last = before
    for begin, duration, slow, value in zip(clock.begins, clock.lasts, clock.slow, values, strict=True):
        if slow:
            points += [(begin, last), (begin + part[0] * duration, last), (begin + part[1] * duration, value)]
        points.append((begin + duration, value))
        last = value
    return [*points, (clock.total, last)]


def told(
    task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray], slow: np.ndarray
) -> list[tuple[int, int, str]]:
    """What is said while steps are shown: the first of them, the last + 1, and the words.

    Said is what the cell does that keeps what matters.
    """
    let_in = _let_in(cell, found)
    relevant, steps, chosen = found["relevant"], len(slow), keeper(task, cell, found)
    answers = due(task, found["inputs"])
    name, (block, inside) = labels.cell(chosen, cell.block_size), divmod(chosen, cell.block_size)
    state = np.concatenate([[0.0], found["state"][:, chosen]])
    lines = []
    for begin, end in _spans(slow):
        if not slow[begin]:
            most = np.abs(let_in[begin:end, chosen]).max()
            most = f"{most:.2f}" if most >= 0.01 else "0.01"
            which = f"Step {end}" if end - begin == 1 else f"Steps {begin + 1} to {end}"
            text = (
                f"{which}, faster: each step lets at most {most} into {name}; "
                f"its state goes from {_signed(state[begin])} to {_signed(state[end])}."
            )
        else:
            text = f"Step {end} of {steps} shows {_shown(task, found['inputs'], begin)}."
            if relevant[begin]:
                gate = found["input_gate"][begin, block]
                into = f"cell {inside + 1}" if cell.block_size > 1 else "its cell"
                text += (
                    f" The input gate of block {block + 1} is {100 * gate:.0f} % open and lets"
                    f" {_signed(let_in[begin, chosen])} into {into}: {_signed(state[begin])}"
                    f" becomes {_signed(state[end])}."
                )
            elif "target_mask" in found and found["target_mask"][begin]:
                text += _next(task, found, begin)
                if begin == answers:
                    text += f", as in step {np.flatnonzero(relevant)[-1] + 1}" if relevant.any() else ""
                text += "."
            if "target_mask" not in found and begin == answers:
                text += _answered(task, found)
        lines.append((begin, end, text))
    return lines


def keeper(task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray]) -> int:
    """Number of the cell whose output, when the answer is due, depends most on what had to be kept.

    It is that which would differ most, had that been otherwise. Of tasks of one's own nothing is known of that; then it
    is the cell into which most is let.
    """
    if "otherwise_cell_output" not in found:
        return int(np.argmax(np.abs(_let_in(cell, found)).sum(0)))
    differs = np.abs(found["cell_output"] - found["otherwise_cell_output"])
    return int(np.argmax(differs[due(task, found["inputs"])]))


def _answered(task: Any, found: Mapping[str, np.ndarray]) -> str:
    last, wanted = found["outputs"][-1], found["targets"]
    if len(last) == 1:
        return f" Now the answer counts: {last[0]:.2f}, and {wanted[0]:.2f} is right."
    best, right = int(np.argmax(last)), int(np.argmax(wanted))
    said = f" Now the answer counts: {answer(task, best)}, at {last[best]:.2f}"
    return said + (", is right." if best == right else f"; right is {answer(task, right)}.")


def _next(task: Any, found: Mapping[str, np.ndarray], step: int) -> str:
    outputs, came = found["outputs"][step], int(np.argmax(found["targets"][step]))
    likely = [k for k in np.argsort(-outputs) if outputs[k] > outputs.max() / 4]
    names = " or ".join(f"{answer(task, int(k))} ({outputs[k]:.2f})" for k in likely)
    return f" Expected next: {names}. It is {answer(task, came)}"


def _let_in(cell: MemoryBlocks, found: Mapping[str, np.ndarray]) -> np.ndarray:
    """y_in g for every cell, `[time, cells]`."""
    return np.repeat(found["input_gate"], cell.block_size, axis=1) * found["cell_input"]


def _shown(task: Any, inputs: np.ndarray, step: int) -> str:
    if inputs.ndim == 1:
        return symbol(task, int(inputs[step]))
    value, *marker = inputs[step]
    return _signed(value) + (", marked" if marker and marker[0] == 1 else "")


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
            _text(20, 28, title, "font-size:17px;font-weight:bold"),
            _text(20, 50, question(task), "font-size:14px"),
            _text(20, height - 10, note, "fill:#666"),
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
            shapes.append(_text(x, 26, symbol(task, int(inputs[t])), weight, "middle"))
            continue
        value = float(inputs[t, 0])
        height = abs(value) / top * 18
        shapes.append(_box(x - 17, 20 - (height if value > 0 else 0), 6, height, 'fill="#555"'))
        weight = "font-weight:bold;font-size:11px" if relevant[t] else "fill:#777;font-size:10px"
        shapes.append(_text(x - 8, 24, _signed(value, 2 if relevant[t] else 1), weight))
    moved = course(clock, PITCH, -PITCH * np.arange(len(inputs)), ARRIVES)
    belt = _track("belt", "translateX", moved, clock)
    return Part(
        [
            f'<clipPath id="around"><rect x="20" y="{BELT}" width="{WIDTH - 40}" height="40"/></clipPath>',
            f'<rect x="20" y="{BELT}" width="{WIDTH - 40}" height="40" fill="#eee"/>',
            f'<g clip-path="url(#around)"><g transform="translate({INTAKE},{BELT})">',
            f"<g {_moves('belt', 'translateX', moved)}>",
            *shapes,
            "</g></g></g>",
            f'<rect x="{INTAKE - PITCH / 2}" y="{BELT - 2}" width="{PITCH}" height="44" rx="4" fill="none" '
            'stroke="#222" stroke-width="2.5"/>',
            _text(WIDTH - 24, BELT + 56, "still to come", "fill:#666", "end"),
            _text(INTAKE + PITCH / 2 + 6, BELT + 56, "the input of this step", "fill:#666"),
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
    part = Part([_text(x, NET - 8, head, "font-weight:bold", "middle") for x, head in heads])
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
            _text(INTAKE + 8, middle - 6, labels.cell(block, 1), f"font-weight:bold;fill:{color}"),
            f'<path d="{ring}" fill="none" stroke="{color}" stroke-width="3" stroke-dasharray="8 4" '
            f'stroke-linejoin="round" {_moves(f"ring-{block}", "stroke-dashoffset", turned)}/>',
        ],
        [_track(f"ring-{block}", "stroke-dashoffset", turned, clock)],
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
                    _text(337, middle - half + 10, "+" + bound, "fill:#888;font-size:9px"),
                    _text(337, middle + half - 3, "−" + bound, "fill:#888;font-size:9px"),
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
    box = _box(left, middle - half, right - left, 2 * half, 'rx="3" fill="#f4f4f4" stroke="#999"')
    return box + f'<path d="M{left} {middle}h{right - left}" stroke="#999"/>'


def _bar(
    name: str, bar: tuple[Number, Number, Number, Number, str, Number], values: np.ndarray, clock: Clock, phase: Any
) -> Part:
    """A bar that stands on zero and points down where a value is negative; `values` are in parts of its height."""
    x, top, width, height, color, opacity = bar
    points = course(clock, 0.0, values, phase)
    looks = f'fill="{color}" fill-opacity="{opacity}" {_moves(name, "scaleY", points)}'
    shape = _at(x, top + height, _box(0, -height, width, height, looks))
    return Part([shape], [_track(name, "scaleY", points, clock)])


def _gate(
    name: str, x: Number, middle: Number, half: Number, color: str, values: np.ndarray, clock: Clock, phase: Any
) -> Part:
    """A wall with a gap in its middle, which is as wide as the gate is open."""
    points = course(clock, 0.0, values, phase)
    wall = _box(x - 11, middle - half, 22, 2 * half, 'rx="3" fill="#444"')
    gap = _at(x, middle, _box(-11, 2 - half, 22, 2 * half - 4, f'fill="#fff" {_moves(name, "scaleY", points)}'))
    frame = _box(x - 11, middle - half, 22, 2 * half, 'rx="3" fill="none" stroke="#444"')
    line = f'<path d="M{x - 11} {middle}h22" stroke="{color}" stroke-width="3"/>' + frame
    return Part([wall, gap, line], [_track(name, "scaleY", points, clock)])


def _outputs(task: Any, found: Mapping[str, np.ndarray], clock: Clock) -> Part:
    """Output units as bars, and what they should be as circles, where that counts."""
    outputs, many = found["outputs"], found["outputs"].shape[1]
    low, high = _range(found)
    left, right = 780, 925
    scale = (right - left) / (high - low)
    zero = left - low * scale
    height = min(36.0, NET_HEIGHT / many)
    top = NET + (NET_HEIGHT - height * many) / 2
    part = Part([_text((left + right) / 2, NET - 8, "output units", "font-weight:bold", "middle")])
    masked = "target_mask" in found
    for k in range(many):
        y = top + height * k
        points = course(clock, 0.0, outputs[:, k], LEAVES)
        name = f"output-{k}"
        thick = height * 0.56
        bar = _box(0, 0, scale, thick, f'fill="#333" {_moves(name, "scaleX", points)}')
        part += Part(
            [
                _box(left, y + height * 0.22, right - left, thick, 'fill="#f4f4f4" stroke="#ccc"'),
                _at(zero, y + height * 0.22, bar),
                _text(left - 12, y + height / 2 + 4, answer(task, k) if many > 1 else "output", "", "end"),
            ],
            [_track(name, "scaleX", points, clock)],
        )
        targets = found["targets"][:, k] if masked else np.full(len(outputs), found["targets"][k])
        counts = found["target_mask"].copy() if masked else np.arange(len(outputs)) == len(outputs) - 1
        if masked:
            counts &= targets > 0.5
        if not counts.any():
            continue
        # Where it counts a target does not change from step to step but between 0 and 1, which alone is circled.
        value = float(targets[np.flatnonzero(counts)[0]])
        seen = _switched(clock, counts)
        circle = _circle(zero + value * scale, y + height / 2, 6, _moves(f"target-{k}", "opacity", seen))
        part += Part([circle], [_track(f"target-{k}", "opacity", seen, clock)])
    words = "circle: what comes next" if masked else "circle, at the end: what is right"
    return part + Part([_text((left + right) / 2, NET + NET_HEIGHT + 4, words, f"fill:{GREEN}", "middle")])


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
        words = _text(30, y, text, "font-size:14px").replace("<text", f"<text {_moves(name, 'opacity', seen)}", 1)
        part += Part([words], [_track(name, "opacity", seen, clock)])
    return part


def _switched(clock: Clock, on: np.ndarray) -> Points:
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


def _panels(task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray], clock: Clock) -> Part:
    """The same values against the step, from the input gates to the outputs; what has not been yet is covered."""
    steps = len(clock.slow)
    at = LEFT + (RIGHT - LEFT) * (np.arange(steps) + 0.5) / steps
    kept = keeper(task, cell, found)
    size, blocks = cell.block_size, [COLORS[b % len(COLORS)] for b in range(cell.blocks)]
    cells = [(blocks[i // size], "" if i % size == 0 else f"{6 - 2 * (i % size)} 2") for i in range(cell.cells)]
    let_in = _let_in(cell, found)
    gates = [(color, "") for color in blocks]
    many = found["outputs"].shape[1]
    shades = "target_mask" in found
    right = int(np.argmax(found["targets"])) if not shades else 0
    outs = [("#111" if k == right else "#bbb", "") for k in range(many)]
    last = "circle: what comes next" if shades else ("black: the right one" if many > 1 else "")
    kinds = [
        ("gate", found["input_gate"], gates, (0.0, 1.0), "input gates", "1 open, 0 shut"),
        ("let", let_in, cells, _around(let_in), "let into the cells", "input gate × cell input"),
    ]
    for block in range(cell.blocks):
        bound = _bound(task, cell, found, block)
        own = slice(block * size, (block + 1) * size)
        name = "state" + ("s" if size > 1 else "") + (f" of block {block + 1}" if cell.blocks > 1 else "")
        words = "grey: yellow exchanged" if block == kept // size and "otherwise_state" in found else ""
        kinds.append((f"block{block}", found["state"][:, own], cells[own], (-bound, bound), name, words))
    kinds.append(("out", found["outputs"], outs, _range(found), "output units" if many > 1 else "output unit", last))
    height = PANEL
    bottom = PANELS + len(kinds) * (height + GAP) - GAP
    shapes = []
    wide = max(3.0, (RIGHT - LEFT) / steps)
    for t in np.flatnonzero(found["relevant"]):
        band = f'fill="{YELLOW}" opacity=".7"'
        shapes.append(_box(at[t] - wide / 2, PANELS - 4, wide, bottom - PANELS + 8, band))
        name = _shown(task, found["inputs"], int(t)).removesuffix(", marked")
        shapes.append(_text(at[t], PANELS - 8, name, "font-weight:bold", "middle"))
    for i, (kind, values, styles, (low, high), title, words) in enumerate(kinds):
        top = PANELS + i * (height + GAP)
        y = top + height * (high - values) / (high - low)
        zero = top + height * high / (high - low)
        shapes.append(f'<path d="M{LEFT} {_short(zero)}H{RIGHT}" stroke="#ccc"/>')
        shapes += [
            _text(RIGHT + 10, top + 22, title, "font-weight:bold"),
            _text(RIGHT + 10, top + 38, words, "fill:#666;font-size:11px"),
        ]
        if kind == "out" and shades:
            shapes += _shades(task, found, at, top, height)
            continue
        shapes.append(_text(LEFT - 6, top + 9, _short(round(high, 1)), "fill:#666;font-size:10px", "end"))
        shapes.append(
            _text(LEFT - 6, top + height, _short(round(low, 1)).replace("-", "−"), "fill:#666;font-size:10px", "end")
        )
        if kind == f"block{kept // size}" and "otherwise_state" in found:
            other = found["otherwise_state"][:, kept]
            line = _points(at, top + height * (high - other) / (high - low))
            shapes.append(f'<polyline id="otherwise" points="{line}" fill="none" stroke="#bbb" stroke-width="4"/>')
        order = [k for k in range(values.shape[1]) if k != right] + [right] if kind == "out" else range(values.shape[1])
        for k in order:
            color, dash = styles[k]
            line = _points(at, y[:, k])
            dashes = f' stroke-dasharray="{dash}"' if dash else ""
            shapes.append(
                f'<polyline id="{kind}-{k}" points="{line}" fill="none" stroke="{color}" stroke-width="1.8"{dashes}/>'
            )
    moved = course(clock, float(LEFT), at, (ENTERS[0], LEAVES[1]))
    cover = (
        f"<g {_moves('cursor', 'translateX', moved)}>"
        f'<rect x="1" y="{PANELS - 4}" width="{WIDTH}" height="{bottom - PANELS + 8}" fill="#fff" opacity=".78"/>'
        f'<path d="M0 {PANELS - 4}V{bottom + 4}" stroke="#222" stroke-width="2"/></g>'
    )
    inside = (
        f'<clipPath id="axis"><rect x="{LEFT - 2}" y="{PANELS - 6}" width="{RIGHT - LEFT + 4}" '
        f'height="{bottom - PANELS + 12}"/></clipPath>'
    )
    shapes += [inside, f'<g clip-path="url(#axis)">{cover}</g>']
    shapes.append(_text(RIGHT, bottom + 18, f"step {steps}", "fill:#666", "end"))
    shapes.append(_text(LEFT, bottom + 18, "step 1", "fill:#666"))
    return Part(shapes, [_track("cursor", "translateX", moved, clock)])


def _shades(task: Any, found: Mapping[str, np.ndarray], at: np.ndarray, top: Number, height: Number) -> list[str]:
    """Many output units that answer at every step: a row of shades for each."""
    outputs, targets = found["outputs"], found["targets"]
    many = outputs.shape[1]
    row, wide = height / many, at[1] - at[0]
    shapes = []
    for k in range(many):
        y = top + row * k
        shapes.append(_text(LEFT - 6, y + row - 0.5, answer(task, k), "fill:#666;font-size:8px", "end"))
        for t, value in enumerate(np.clip(outputs[:, k], 0, 1)):
            shapes.append(_box(at[t] - wide / 2, y, wide, row, f'fill-opacity="{_short(value)}"'))
            if found["target_mask"][t] and targets[t, k] > 0.5:
                shapes.append(_circle(float(at[t]), y + row / 2, 3, ""))
    return shapes


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return " ".join(f"{_short(round(a, 1))},{_short(round(b, 1))}" for a, b in zip(x, y, strict=True))


def _around(values: np.ndarray) -> tuple[float, float]:
    """An axis that holds all values and zero in its middle."""
    bound = float(np.abs(values).max()) or 1.0
    return -bound, bound


def _moves(name: str, how: str, points: Points) -> str:
    """Attributes of what moves: where it is without motion, which is where it ends."""
    last = _short(points[-1][1])
    if how in ("opacity", "stroke-dashoffset"):
        still = f'{how}="{last}"'
    else:
        x, y = {"translateX": (last, "0"), "scaleX": (last, "1"), "scaleY": ("1", last)}[how]
        still = f'transform="{how[:-1]}({x},{y})"'
    return f'id="{name}" class="m" {still}'


def _track(name: str, how: str, points: Points, clock: Clock) -> str:
    """Keyframes; a point that is as the one before and the one after moves nothing and is left out."""
    written = [(_short(100 * at / clock.total), _short(value)) for at, value in points]
    kept = [
        point
        for i, point in enumerate(written)
        if i in (0, len(written) - 1) or not (written[i - 1][1] == point[1] == written[i + 1][1])
    ]
    unit = "px" if how == "translateX" else ""
    value = f"{how}:{{}}" if how in ("opacity", "stroke-dashoffset") else f"transform:{how}({{}}{unit})"
    frames = "".join(f"{at}%{{{value.format(number)}}}" for at, number in kept)
    return f"#{name}{{animation-name:{name}}}@keyframes {name}{{{frames}}}"


def _box(x: Number, y: Number, width: Number, height: Number, looks: str) -> str:
    place = f'x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}"'
    return f"<rect {place} {looks}/>"


def _circle(x: Number, y: Number, radius: Number, more: str) -> str:
    place = f'cx="{_short(x)}" cy="{_short(y)}" r="{radius}"'
    return f'<circle {place} fill="none" stroke="{GREEN}" stroke-width="{radius / 2}" {more}/>'


def _at(x: Number, y: Number, shape: str) -> str:
    return f'<g transform="translate({_short(x)},{_short(y)})">{shape}</g>'


def _text(x: Number, y: Number, words: str, style: str = "", anchor: str = "") -> str:
    placed = f' text-anchor="{anchor}"' if anchor else ""
    looks = f' style="{style}"' if style else ""
    return f'<text x="{_short(x)}" y="{_short(y)}"{placed}{looks}>{escape(words)}</text>'


def _short(number: Number) -> str:
    """Three decimals at most."""
    text = f"{number:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _signed(number: Number, digits: int = 2) -> str:
    text = f"{number:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")
