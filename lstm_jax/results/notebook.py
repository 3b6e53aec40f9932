"""How runs and records show themselves in a notebook: in one line, or as a small table in HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

MOST_ROWS = 50
"""Largest number of rows of a table; a line says how many there are besides."""


def presentations(at: int | float | None) -> str:
    """A number of presentations, rounded to whole ones; a dash for none.

    >>> presentations(32340.7), presentations(None)
    ('32,341', '-')
    """
    return "-" if at is None else f"{at:,.0f}"


def html_table(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A table in HTML whose columns are the keys of its rows; None shows as nothing.

    >>> html_table("a < b", [{"n": 1, "at": None}])
    '<b>a &lt; b</b><table><tr><th>n</th><th>at</th></tr><tr><td>1</td><td></td></tr></table>'
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [_line("th", names)] if names else []
    lines += [_line("td", [row.get(name) for name in names]) for row in rows[:MOST_ROWS]]
    more = f"<p>and {len(rows) - MOST_ROWS:,} more</p>" if len(rows) > MOST_ROWS else ""
    return f"<b>{escape(title)}</b><table>{''.join(lines)}</table>{more}"


def _line(tag: str, values: Sequence[Any]) -> str:
    cells = (f"<{tag}>{'' if value is None else escape(_text(value))}</{tag}>" for value in values)
    return f"<tr>{''.join(cells)}</tr>"


def _text(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
