"""A table is a list of columns and a list of lines: for a terminal, for a document in Markdown, for a page.

A line break in a heading or a text is one in a terminal, and a blank in a document.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Line = TypeVar("Line", contravariant=True)

WIDTH = 80
"""Characters in a line of a terminal that every table should fit into."""


@dataclass(frozen=True)
class Column(Generic[Line]):
    """A column of a table: what it says of every line."""

    name: str
    """Name of the quantity, different for each column of a table."""
    text: Callable[[Line], str]
    """text(line): what the column says of a line; empty where there is nothing to say."""
    heading: str = ""
    """What stands above the column; empty for its name."""
    left: bool = False
    """Whether the column is flush left, as words are; numbers are flush right. Where a terminal is too narrow, words
    are broken."""
    below: str = ""
    """Name of the column under whose text this one stands in a terminal; empty for a place of its own."""
    documents_only: bool = False
    """Whether the column is left out in a terminal, which has no room for it."""

    @property
    def title(self) -> str:
        """What stands above the column."""
        return self.heading or self.name


def chosen(columns: Iterable[Column[Line]], *names: str) -> list[Column[Line]]:
    """The columns of these names, in this order."""
    known = {column.name: column for column in columns}
    return [known[name] for name in names]


def texts(columns: Iterable[Column[Line]], line: Line) -> dict[str, str]:
    """What stands in each column of a line, by the columns' names."""
    return {column.name: column.text(line) for column in columns}


def stacks(columns: Iterable[Column[Line]]) -> list[list[Column[Line]]]:
    """Each column that has a place of its own, followed by those that stand below it."""
    found: dict[str, list[Column[Line]]] = {}
    for column in sorted(columns, key=lambda column: bool(column.below)):
        found.setdefault(column.below or column.name, []).append(column)
    return list(found.values())


def terminal(
    columns: Iterable[Column[Line]],
    lines: Iterable[Line],
    title: str | None = None,
    group: Callable[[Line], str] | None = None,
) -> RenderableType:
    """A table for a terminal, with a blank line before and after it.

    Args:
        columns: those for documents only are left out.
        lines: in their order.
        title: above the table.
        group: what neighbouring lines have in common; it stands above them.
    """
    places = stacks(column for column in columns if not column.documents_only)
    titles = ["\n".join(column.title for column in place) for place in places]
    rows = [
        (name, ["\n".join(column.text(line) for column in place).rstrip("\n") for place in places])
        for name, line in ((group(line) if group else "", line) for line in lines)
    ]
    widths = [
        max(map(len, "\n".join(texts).split("\n"))) for texts in zip(titles, *(row for _, row in rows), strict=True)
    ]
    # Two blanks between columns where there is room for them.
    gap = int(sum(widths) + 2 * (len(widths) - 1) <= WIDTH)
    table = Table(
        box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0), title=title, title_justify="left"
    )
    for name, (column, *_) in zip(titles, places, strict=True):
        table.add_column(
            Text(name), justify="left" if column.left else "right", no_wrap=not column.left, overflow="fold"
        )
    for name, own in groupby(rows, key=lambda row: row[0]):
        if name:
            table.add_section()
            table.add_row(Text(name, style="bold"))
        for _, row in own:
            table.add_row(*map(Text, row))
    return Padding(table, (1, 0))


def markdown(columns: Sequence[Column[Line]], lines: Iterable[Line], group: Callable[[Line], str] | None = None) -> str:
    """A table in Markdown, for documents; `group` as in `terminal`.

    >>> columns = [Column("row", lambda line: line[0], left=True), Column("solved", lambda line: line[1])]
    >>> print(markdown(columns, [("6a", "20/20"), ("4-1", "10/10")]), end="")
    | row | solved |
    | --- | ---: |
    | 6a | 20/20 |
    | 4-1 | 10/10 |
    """
    rule = ["---" if column.left else "---:" for column in columns]
    rows = [[column.title for column in columns]]
    for name, own in groupby(lines, key=group or (lambda line: "")):
        rows += [[f"**{name}**", *[""] * (len(columns) - 1)]] if name else []
        rows += [[column.text(line) for column in columns] for line in own]
    rows = [[text.replace("\n", " ").replace("|", "\\|") for text in row] for row in rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in [rows[0], rule, *rows[1:]])
