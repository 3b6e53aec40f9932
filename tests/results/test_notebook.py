"""What runs and records show of themselves in a notebook."""

from html.parser import HTMLParser

import pytest

from lstm_jax.results import load
from lstm_jax.results.notebook import html_table
from tests.results.made_runs import make_run


class Cells(HTMLParser):
    """The rows of a table as texts."""

    def __init__(self, text: str):
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


@pytest.fixture
def runs(tmp_path):
    make_run(tmp_path, "a", [20_000, None, 40_000], row="6a", budget=313_900)
    make_run(tmp_path, "b", [None])
    (make_run(tmp_path, "c", [7]) / "summary.json").unlink()
    (make_run(tmp_path, "d", [7]) / "trials.jsonl").write_text("{")
    return load(tmp_path)


def test_each_says_in_one_line_what_it_is(runs):
    a, b, c = runs.runs
    assert repr(runs) == "<3 runs of 6a (1), own (2), 1 not finished, 1 left out>"
    assert repr(a) == "<run a: 2 of 3 trials solved, mean of these 30,000 presentations>"
    assert repr(b) == "<run b: 0 of 1 trials solved in 1,000 presentations>"
    assert repr(c) == "<run c: not finished>"
    assert repr(runs.where("row=6a")) == "<1 run of 6a (1), 1 left out>"
    assert [repr(record) for record in a.records] == [
        "<trial 0 of 6a, seed 0: solved after 20,000 presentations>",
        "<trial 1 of 6a, seed 0: not solved>",
        "<trial 2 of 6a, seed 0: solved after 40,000 presentations>",
    ]
    assert repr(a.summary[0]) == (
        "<6a, done: 2 of 3 trials solved, mean of these 30,000 presentations, the paper's 31,390: not reproduced>"
    )


def test_each_is_a_table_of_its_figures(runs):
    names, first, second, third = Cells(runs._repr_html_()).rows
    shown = dict(zip(names, first, strict=True))
    assert (shown["run"], shown["solved"], shown["mean of the solved"]) == ("a", "2 of 3", "30,000")
    assert shown["mean of all"] == "≥ 124,633"  # (20,000 + 313,900 + 40,000) / 3
    assert (shown["the paper's mean"], shown["verdict"], shown["95 %"]) == ("31,390", "not reproduced", "")
    assert second[:3] == ["b", "done", "0 of 1"] and third[:3] == ["c", "", "not finished"]
    assert Cells(runs.runs[0]._repr_html_()).rows == [names[1:], first[1:]]
    assert Cells(runs.runs[2]._repr_html_()).rows == []
    record = runs.runs[0].records[0]
    assert Cells(record._repr_html_()).rows == [["stage", "presentations"], ["done", "20,000"]]


def test_a_long_table_is_cut_and_says_so_and_names_are_no_html():
    text = html_table("<x>", [{"name": "<script>", "n": i} for i in range(60)])
    assert "<script>" not in text and "and 10 more" in text
    assert Cells(text.replace("<p>and 10 more</p>", "")).rows[-1] == ["<script>", "49"]
