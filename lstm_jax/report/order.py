"""The tables and the picture of how nets of Experiment 6a tell the order of two symbols."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.ticker import NullLocator

from lstm_jax.analysis.order import ENOUGH, FACTOR, KEPT
from lstm_jax.paper.statistics import solved_interval
from lstm_jax.report.columns import Column
from lstm_jax.report.style import AMBER, BLACK, BLUE, GREEN, ORANGE, PURPLE, TRIAL, UNSOLVED, YELLOW, plt, save
from lstm_jax.report.table import share_with_interval
from lstm_jax.results.studies import OrderRecord

KINDS = {"sign": (True, False), "gate": (False, True), "both": (True, True), "neither": (False, False)}
"""Whether a state keeps the first symbol's sign, and whether the input gate differs."""

COLORS = dict(zip(KINDS, (GREEN, PURPLE, AMBER, UNSOLVED), strict=True))
"""Colours of kinds."""

ORDERS = {"X, Y": BLUE, "Y, X": ORANGE}
"""Colours of orders."""

LINES = ("-", "--", ":", "-.")
"""Styles of the lines of blocks, and of the cells in a block."""


class Line(NamedTuple):
    """Some of the solved nets of a run."""

    record: OrderRecord
    name: str
    chosen: np.ndarray
    """Which nets, `[trials]`."""
    among: int
    """Number of nets that they are a share of."""

    def of(self, kind: str) -> np.ndarray:
        """Which nets of the run are of a kind, `[trials]`."""
        by_sign, by_gate = KINDS[kind]
        return (np.array(self.record.by_sign) == by_sign) & (np.array(self.record.by_gate) == by_gate)


def _share(found: np.ndarray, of: int) -> str:
    """How many nets these are, with the interval of their share; empty of none."""
    number = int(found.sum())
    return share_with_interval(number, of, solved_interval(number, of)) if of else ""


COLUMNS = [
    Column[Line]("seed", lambda line: str(line.record.seed)),
    Column[Line]("solved nets", lambda line: line.name, left=True),
    Column[Line]("share [95 %]", lambda line: _share(line.chosen, line.among)),
    *(
        Column[Line](kind, lambda line, kind=kind: _share(line.chosen & line.of(kind), int(line.chosen.sum())))
        for kind in KINDS
    ),
]
"""A line for each group of nets."""


def lines(record: OrderRecord) -> list[Line]:
    """All solved nets of a run, those of which one block is enough, and the others."""
    solved, one = np.array(record.solved), np.array(record.one_block)
    groups = {"all": solved, "one block": solved & one, "more than one": solved & ~one}
    among = {"all": len(solved)}
    return [Line(record, name, own, among.get(name, int(solved.sum()))) for name, own in groups.items()]


def _spread(record: OrderRecord, measure: Sequence[Any], leading: bool = True) -> str:
    """The median of solved nets, and between what nine tenths of them are: of their leading blocks, or of others."""
    blocks = (np.arange(len(measure))[:, None] == np.array(record.leading)) == leading
    low, middle, high = np.nanquantile(np.array(measure, float)[blocks & record.solved], (0.05, 0.5, 0.95))
    return f"{middle:.2f}\n({low:.2f} to {high:.2f})"


def _extremes(values: np.ndarray) -> str:
    return f"{values.min():.2f}, {values.max():.2f}"


MEASURES = [
    Column[OrderRecord]("seed", lambda record: str(record.seed)),
    Column[OrderRecord]("decides", lambda record: _spread(record, record.decides)),
    Column[OrderRecord]("gate", lambda record: _spread(record, record.gate)),
    Column[OrderRecord](
        "least, most", lambda record: _extremes(_leading(record, record.gate)[np.array(record.solved)])
    ),
    Column[OrderRecord]("cell input", lambda record: _spread(record, record.cell_input)),
    Column[OrderRecord]("late", lambda record: _spread(record, record.late)),
    Column[OrderRecord]("late, other", lambda record: _spread(record, record.late, leading=False)),
]
"""A line for each run, with the measures of `lstm_jax.analysis.order.Measures`."""


def of_each_kind(record: OrderRecord) -> list[int]:
    """The first solved net of every kind of those that need one block, and the first of those that need more."""
    one, more = lines(record)[1:]
    groups = [*(one.chosen & one.of(kind) for kind in KINDS), more.chosen]
    return [int(np.argmax(group)) for group in groups if group.any()]


class Example(NamedTuple):
    """What a net does in one string with X and Y in either order."""

    trial: int
    relevant: tuple[int, ...]
    """The steps of X and Y."""
    input_gate: np.ndarray
    """`[time, blocks, orders]`"""
    state: np.ndarray
    """`[time, cells, orders]`"""


def picture(record: OrderRecord, examples: Sequence[Example], path: Path) -> None:
    """Draw all solved nets, gate against sign, how much their leading blocks decide, and what some do in a string.

    Args:
        record: of a run.
        examples: some of its nets.
        path: the picture to write.
    """
    wide = max(2, len(examples))
    figure = plt.figure(figsize=(3.7 * wide, 10.5), layout="constrained")
    above, below = np.ravel(figure.subfigures(2, 1, height_ratios=(2, 3)))
    nets, deciding = above.subplots(1, 2)
    _nets(nets, record)
    _deciding(deciding, record)
    columns = below.subplots(1 + len(record.decides), wide, sharex=True, squeeze=False).T
    for axes, example in zip(columns, examples, strict=False):
        axes[0].set_title(f"net {example.trial}: {_words(record, example.trial)}")
        _example(axes, example)
    for axis in columns[len(examples) :].flat:
        axis.set_visible(False)
    handles, names = columns[0, 1].get_legend_handles_labels()
    below.legend(handles, names, loc="outside lower center", ncols=len(names))
    save(figure, path, dpi=110)


def _nets(axis, record: OrderRecord) -> None:
    """All solved nets as points; full ones need one block."""
    gate, sign, one = _leading(record, record.gate), _leading(record, record.sign), np.array(record.one_block)
    for line in lines(record)[1:]:
        for kind, color in COLORS.items():
            own = line.chosen & line.of(kind)
            if own.any():
                label = f"{_words(record, int(np.argmax(own)))}: {own.sum()}"
                face = color if one[own].all() else "none"
                axis.plot(gate[own], sign[own], "o", color=color, markerfacecolor=face, alpha=0.7, label=label)
    for at in (1 / FACTOR, FACTOR):
        axis.axvline(at, color=BLACK, linestyle=":", linewidth=0.8)
    axis.axhline(KEPT, color=BLACK, linestyle=":", linewidth=0.8)
    axis.set(xscale="log", ylim=(0, 1.03))
    axis.set_xlim(min(0.4, 0.9 * gate.min()), max(2.5, 1.1 * gate.max()))
    axis.set_xticks((1 / FACTOR, 1, FACTOR), (f"1/{FACTOR:g}", "1", f"{FACTOR:g}"))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("input gate at the second symbol, times that at the first")
    axis.set_ylabel("share of strings in which a state\nkeeps the first symbol's sign")
    axis.legend(fontsize=7, loc="lower left")


def _deciding(axis, record: OrderRecord) -> None:
    axis.hist(_leading(record, record.decides)[np.array(record.solved)], np.linspace(0, 1, 21), color=TRIAL)
    axis.axvline(ENOUGH, color=BLACK, linestyle=":", linewidth=0.8)
    axis.set_xlabel("share of answers that the leading block decides")
    axis.set_ylabel("solved nets")


def _example(axes, example: Example) -> None:
    """Input gates above, and below them the states of each block."""
    blocks = example.input_gate.shape[1]
    panels = {"input gates": example.input_gate} | {
        f"states of block {block}": states for block, states in enumerate(np.split(example.state, blocks, axis=1), 1)
    }
    for axis, (title, values) in zip(axes, panels.items(), strict=True):
        for step in example.relevant:
            axis.axvspan(step - 0.5, step + 0.5, color=YELLOW, alpha=0.6, linewidth=0, zorder=0)
        for number, courses in enumerate(np.moveaxis(values, 1, 0)):
            for (order, color), course in zip(ORDERS.items(), courses.T, strict=True):
                style = LINES[number % len(LINES)]
                axis.plot(course, style, color=color, linewidth=1.4, label=f"{order}: block or cell {number + 1}")
        axis.axhline(0, color=BLACK, linewidth=0.4, zorder=0)
        if axis.get_subplotspec().is_first_col():
            axis.set_ylabel(title)
    axes[0].set_ylim(-0.05, 1.05)
    axes[-1].set_xlabel("step")


def _words(record: OrderRecord, trial: int) -> str:
    kind = next(kind for kind, own in KINDS.items() if own == (record.by_sign[trial], record.by_gate[trial]))
    return f"{'one block' if record.one_block[trial] else 'more than one block'}, {kind}"


def _leading(record: OrderRecord, measure: Sequence[Any]) -> np.ndarray:
    """A measure of each net's leading block, `[trials]`."""
    return np.take_along_axis(np.array(measure, float), np.array(record.leading)[None], axis=0)[0]
