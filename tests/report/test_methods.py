"""Tables 1 and 2 with every method, beside the paper's text."""

import pytest

from lstm_jax.report import methods
from lstm_jax.report.columns import markdown, texts
from lstm_jax.results.training import Summary
from tests.results.made_runs import made_summary

PRINTED = {  # the paper's own columns, read off its tables
    1: [
        ("RTRL", "3 hidden", "~170", "0.05", "some", "173,000"),
        ("RTRL", "12 hidden", "~494", "0.1", "some", "25,000"),
        ("Elman net", "15 hidden", "~435", "", "0", ">200,000"),
        ("cascade-correlation", "7-9 hidden", "~119-198", "", "50", "182,000"),
        ("LSTM", "4 blocks, size 1", "264", "0.1", "100", "39,740"),
        ("LSTM", "3 blocks, size 2", "276", "0.1", "100", "21,730"),
        ("LSTM", "3 blocks, size 2", "276", "0.2", "97", "14,060"),
        ("LSTM", "4 blocks, size 1", "264", "0.5", "97", "9,500"),
        ("LSTM", "3 blocks, size 2", "276", "0.5", "100", "8,440"),
    ],
    2: [
        ("RTRL", "4", "36", "1.0", "78", "1,043,000"),
        ("RTRL", "4", "36", "4.0", "56", "892,000"),
        ("RTRL", "4", "36", "10.0", "22", "254,000"),
        ("RTRL", "10", "144", "1.0-10.0", "0", ">5,000,000"),
        ("RTRL", "100", "10404", "1.0-10.0", "0", ">5,000,000"),
        ("BPTT", "100", "10404", "1.0-10.0", "0", ">5,000,000"),
        ("sequence chunker", "100", "10506", "1.0", "33", "32,400"),
        ("LSTM", "100", "10504", "1.0", "100", "5,040"),
    ],
}


def shown(table: int, summaries: list[Summary]) -> list[tuple[str, ...]]:
    """The texts of every line."""
    return [tuple(texts(methods.columns(table), line).values()) for line in methods.lines(table, summaries)]


@pytest.mark.parametrize("table", PRINTED)
def test_without_runs_it_is_the_papers_table(table):
    lines = shown(table, [])
    assert [(*line[:5], line[6]) for line in lines] == PRINTED[table]
    assert {(line[5], line[7]) for line in lines} == {("", "")}


def test_ours_stands_beside_and_a_budget_is_never_the_papers():
    runs = [
        made_summary("2a-rtrl-p100", [None] * 18, budget=20_000),
        made_summary("2a-rtrl-p4-lr1", [1_000_000] * 9 + [None] * 9),
        made_summary("2a", [5_000] * 18),
    ]
    ours = {line[:4]: (line[5], line[7]) for line in shown(2, runs)}
    assert ours["RTRL", "100", "10404", "1.0-10.0"] == ("0 (0/18)", ">20.0k")
    assert ours["RTRL", "4", "36", "1.0"] == ("50 (9/18)", "1.00M;\nelse >5.00M")
    assert ours["LSTM", "100", "10504", "1.0"] == ("100 (18/18)", "5.00k")
    text = markdown(methods.columns(2), methods.lines(2, runs))
    assert "| RTRL | 4 | 36 | 1.0 | 78 | 50 (9/18) | 1,043,000 | 1.00M; else >5.00M |\n" in text


def test_a_closest_reading_stands_below_its_row_with_its_own_weights():
    printed, closest = made_summary("2a", [None] * 18), made_summary("2a", [3_000] * 18)
    shorter = made_summary("2a", [400_000] + [None] * 17, budget=500_000)
    lines = [texts(methods.columns(2), line) for line in methods.lines(2, [printed, shorter], [closest])]
    assert [(line["method"], line["solved"]) for line in lines[-2:]] == [
        ("LSTM", "0 (0/18)"),
        ("LSTM, closest reading", "100 (18/18)"),
    ]
    assert lines[-2]["weights"] == "10504" and lines[-1]["weights"] == str(closest.weights)
