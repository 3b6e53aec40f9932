"""A hand-made table in a terminal and in a document."""

from typing import NamedTuple

from rich.console import Console, RenderableType

from lstm_jax.report.columns import Column, chosen, markdown, stacks, terminal, texts


class Fruit(NamedTuple):
    name: str
    price: int
    paper: str = ""
    kind: str = ""


COLUMNS: list[Column[Fruit]] = [
    Column("fruit", lambda line: line.name, left=True),
    Column("price", lambda line: f"{line.price}\n[95 %]", "price\n[95 %]"),
    Column("kind", lambda line: line.kind, left=True, below="fruit"),
    Column("paper", lambda line: line.paper, "paper's", below="price"),
    Column("secret", lambda line: "long" * 30, documents_only=True),
]
LINES = [Fruit("apple", 3, "2", "red"), Fruit("a | b", 12)]


def printed(table: RenderableType, width: int = 80) -> list[str]:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_in_a_terminal_columns_stand_below_others():
    assert printed(terminal(COLUMNS, LINES)) == [
        "",
        "         price",
        "fruit   [95 %]",
        "kind   paper's",
        "──────────────",
        "apple        3",
        "red     [95 %]",
        "             2",
        "a | b       12",
        "        [95 %]",
        "",
    ]


def test_in_a_document_every_column_has_a_place_and_a_line_stays_one():
    assert markdown(COLUMNS[:-1], LINES).splitlines() == [
        "| fruit | price [95 %] | kind | paper's |",
        "| --- | ---: | --- | ---: |",
        "| apple | 3 [95 %] | red | 2 |",
        "| a \\| b | 12 [95 %] |  |  |",
    ]


def test_lines_are_grouped_under_what_they_share():
    lines = [Fruit("apple", 1, kind="tree"), Fruit("pear", 2, kind="tree"), Fruit("melon", 3, kind="field")]
    columns = chosen(COLUMNS, "fruit", "paper")
    found = markdown(columns, lines, group=lambda line: line.kind).splitlines()[2:]
    assert [line.split(" | ")[0] for line in found] == ["| **tree**", "| apple", "| pear", "| **field**", "| melon"]
    shown = [line for line in printed(terminal(columns[:1], lines, group=lambda line: line.kind)) if line]
    assert shown[2:] == ["tree", "apple", "pear", "field", "melon"]


def test_words_are_broken_before_a_number_is_hidden():
    text = "\n".join(printed(terminal(COLUMNS[:2], [Fruit("word " * 30, 1234567)]), width=40))
    assert "1234567" in text and "…" not in text and text.split().count("word") == 30


def test_nothing_in_a_text_is_taken_for_markup():
    assert "[bold]x" in "\n".join(printed(terminal(COLUMNS[:1], [Fruit("[bold]x", 1)])))


def test_a_table_without_lines_has_its_headings():
    assert "fruit" in "\n".join(printed(terminal(COLUMNS, [])))
    assert markdown(COLUMNS, []).count("\n") == 2


def test_columns_are_found_by_name():
    assert [column.name for column in chosen(COLUMNS, "price", "fruit")] == ["price", "fruit"]
    assert [[column.name for column in own] for own in stacks(COLUMNS)] == [
        ["fruit", "kind"],
        ["price", "paper"],
        ["secret"],
    ]
    assert texts(COLUMNS[:1], LINES[0]) == {"fruit": "apple"}
