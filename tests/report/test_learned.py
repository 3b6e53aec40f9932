"""Sentences about boards, of a board whose figures are counted by hand; the document is what its record says."""

import re
from dataclasses import replace
from pathlib import Path

from lstm_jax.report.documents import fill
from lstm_jax.report.learned import learned, verdicts
from lstm_jax.results.profiles import profiles
from tests.results.test_board_claims import at
from tests.results.test_reach import tried

ROOT = Path(__file__).parents[2]

BOARD = [
    at("lstm", "adding", 10, 20),
    at("lstm", "adding", 30, 18),
    at("lstm", "temporal_order_2", 10, 11),
    at("lstm", "temporal_order_2", 30, 4),
    at("elman", "adding", 10, 20),
    at("elman", "adding", 30, 3),
    at("elman", "temporal_order_2", 10, 0),
]


def test_five_sentences_say_what_the_figures_say():
    tuned = [replace(tried(rate, 3, 500.0, 0.1), chosen=chosen) for rate, chosen in [(0.01, True), (0.03, False)] * 2]
    best, furthest, longest, sure, rates = learned(BOARD, tuned, profiles(BOARD)).splitlines()
    # Of 80 runs 53 and 23 were solved after a tenth of the budget.
    assert best.startswith("- A run's score is the share of the budget")
    assert "the largest are those of lstm 0.60 [0." in best and best.endswith("; the smallest is that of elman, 0.26.")
    assert furthest.endswith(": at least 30 on adding (lstm); none on temporal order 2.")
    assert longest.endswith("are solved by lstm on adding (18 of 20); lstm on temporal order 2 (4 of 20).")
    # Wilson's intervals of 18 and of 20 of 20 begin below 90 %, and end above.
    assert "18 solved, which is enough for a lag to count as bridged, have one of 70 % to 97 %. 3 of the 7" in sure
    assert "Of the 2 learning rates that were chosen, 0 are the largest of those tried, 0.03, and 2 the" in rates


def test_where_two_are_furthest_or_nobody_solves_any_the_sentences_say_so():
    lines = [at("lstm", "latch", 10, 0), at("gru", "latch", 10, 0)]
    text = learned(lines, [replace(tried(0.1, 0, 1000.0, 1.0), chosen=True)], profiles(lines))
    assert "none on latch." in text and "solved by nobody on latch." in text
    lines = [at("lstm", "latch", 10, 19), at("gru", "latch", 10, 19), at("elman", "latch", 30, 1)]
    text = learned(lines, [replace(tried(0.1, 0, 1000.0, 1.0), chosen=True)], profiles(lines))
    assert "10 on latch (lstm and gru)" in text


def test_verdicts_name_the_cells_their_shares_and_what_is_not_measured():
    gates, forget, spaces, attention = verdicts(BOARD).splitlines()
    assert gates.startswith(
        "- **Gates bridge longer lags than Elman nets: holds.** lstm (66 %) beside elman (29 %): +38 points [+"
    )
    assert "p < 0.001. By task: adding +38, temporal order 2 +38." in gates
    assert forget.endswith("not measured**, since this board has no memory_blocks.")
    assert spaces.endswith("not measured**, since this board has no lru or selective.")
    assert attention.endswith("not measured**, since this board has no attention.")


def test_a_cell_that_is_missing_on_a_task_takes_no_part():
    lines = [line for line in BOARD if (line.cell, line.task) != ("elman", "adding")]
    assert "Elman nets: not measured**, since this board has no elman." in verdicts(lines)
    assert [one.cell for one in profiles(lines)] == ["lstm"]


def test_a_verdict_says_where_it_is_the_other_way_round():
    board = [
        at("lru", "adding", 10, 20),
        at("lru", "latch", 10, 0),
        at("gru", "adding", 10, 0),
        at("gru", "latch", 10, 12),
    ]
    (spaces,) = (text for text in verdicts(board).splitlines() if "State spaces" in text)
    assert ": open; it is the other way round on latch.** lru (50 %) beside gru (30 %): +20 points" in spaces


def test_the_document_is_what_its_record_says(monkeypatch):
    monkeypatch.chdir(ROOT)
    path = Path("docs/arena.md")
    assert fill(path, Path("results")) == path.read_text()
    pictures = re.findall(r"\.\./results/figures/arena-\w+-(\w+)\.svg", path.read_text())
    assert {"shares", "courses", "profiles"} <= set(pictures)
