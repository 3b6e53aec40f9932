"""What is said of the error flow, of the uses of cells and of the order of symbols, and its marks in documents."""

import json
from pathlib import Path

import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.report.documents import fill
from lstm_jax.report.error_flow import in_words
from lstm_jax.report.order import of_each_kind
from lstm_jax.results.records import typed
from lstm_jax.results.studies import OrderRecord

PROVENANCE = {"command": "python -m x", "commit": "0123456789abcdef", "processor": "CPU", "cores": 2}
CURVES = [
    {
        "group": "ordinary",
        "label": "small",
        "q": [1, 10],
        "median": [-1.5, None],
        "low": [-2, None],
        "high": [-1, None],
        "bounds": {},
    },
    {"group": "LSTM", "label": "to state", "q": [1], "median": [0.0], "low": [0], "high": [0], "bounds": {}},
]


def record(presentations: int, constant: list[float | None], states: list[list[float]]) -> dict:
    own = {name: states for name in ("constant", "constant_sent", "varying_sent", "drift", "slope")}
    own |= {"sent_constant": constant, "error": [0.5, 0.25, 0.75]}
    return {"row": "2a", "variant": "late", "overrides": [], "presentations": presentations, "solved": 1, **own}


def test_powers_of_ten_are_written_short():
    found = [in_words(value) for value in (-np.inf, 0.0, -1.0, 2.5, -3.0, -48.2, 110.75)]
    assert found == ["0", "1", "0.1", "316", "1.0e-3", "6.3e-49", "5.6e+110"]


def test_documents_are_filled(tmp_path):
    document = tmp_path / "x.md"
    marks = "\n".join(f"<!-- {mark}: begin -->\n<!-- {mark}: end -->" for mark in ("flow", "abuse 2a"))
    document.write_text(marks)
    flow, uses = (tmp_path / name / f"{name}.json" for name in ("error_flow", "abuse"))
    for path in (flow, uses):
        path.parent.mkdir()
    flow.write_text(json.dumps({"provenance": PROVENANCE, "curves": CURVES}))
    # Of two cells the mean counts, of three trials the median; a trial that sends nothing has no share.
    records = [
        record(0, [None, None, None], [[1, 2, 3], [3, 4, 5]]),
        record(10, [0.1, None, 0.5], [[2, 2, 2], [4, 2, 2]]),
    ]
    uses.write_text(json.dumps({"provenance": PROVENANCE, "records": records}))
    text = fill(document, tmp_path)
    assert "| median factor | q = 1 | q = 10 |" in text
    assert "| small | 0.0316 | 0 |\n| **LSTM** |  |  |\n| to state | 1 |  |" in text
    assert "| variant | solved | constant 0 | constant 10 | \\|s\\| 0 | \\|s\\| 10 | error 0 | error 10 |" in text
    assert "| late | 1/3 |  | 0.3 | 3 | 2 | 0.5 | 0.5 |" in text
    assert text.count("python -m x") == 2
    with pytest.raises(InputError, match="row '3'"):
        document.write_text("<!-- abuse 3: begin -->\n<!-- abuse 3: end -->")
        fill(document, tmp_path)
    with pytest.raises(InputError, match=r"error_flow\.json of lstm-jax error_flow"):
        document.write_text("<!-- flow: begin -->\n<!-- flow: end -->")
        flow.unlink()
        fill(document, tmp_path)


def of_order(**changes) -> dict:
    """Four nets, of which the last is not solved; block 2 leads in the third."""
    nothing, half = [None] * 4, [0.5] * 4
    own = {
        "row": "6a",
        "seed": 3,
        "solved": [True, True, True, False],
        "right": [1.0, 1.0, 1.0, 0.5],
        "decides": [[1.0, 0.5, 0.2, 0.0], [0.0, 0.0, 0.8, 0.0]],
        "gate": [[1.0, 0.4, 7.0, 7.0], [7.0, 7.0, 1.2, 7.0]],
        "cell_input": [half, half],
        "sign": [[1.0, 0.5, 0.5, 1.0], half],
        "late": [[0.0, 0.5, 0.9, 0.0], nothing],
        "leading": [0, 0, 1, 0],
        "one_block": [True, False, False, False],
        "by_gate": [False, True, False, False],
        "by_sign": [True, False, False, True],
    }
    return own | changes


def test_documents_tell_how_nets_tell_the_order(tmp_path):
    document = tmp_path / "x.md"
    document.write_text("<!-- order: begin -->\n<!-- order: end -->")
    with pytest.raises(InputError, match=r"order.* lstm-jax order"):
        fill(document, tmp_path)
    (tmp_path / "order").mkdir()
    for seed in (3, 1):
        content = {"provenance": PROVENANCE, "trained": PROVENANCE | {"command": "x"}, "record": of_order(seed=seed)}
        (tmp_path / "order" / f"6a-{9 - seed}.json").write_text(json.dumps(content))
    text = fill(document, tmp_path)
    assert text.index("| 1 | all | 3/4 ") < text.index("| 3 | all | 3/4 ")
    cells = [
        [cell.split(" ")[0] for cell in line.split(" | ")[2:]]
        for line in text.splitlines()
        if "/3" in line and "| 3 |" in line
    ]
    # Wilson's intervals follow the counts; counted are solved nets, by what their leading blocks do.
    assert cells == [
        ["3/4", "1/3", "1/3", "0/3", "1/3"],
        ["1/3", "1/1", "0/1", "0/1", "0/1"],
        ["2/3", "0/2", "1/2", "0/2", "1/2"],
    ]
    assert "| decides | gate | least, most | cell input | late | late, other |" in text
    assert "| 3 | 0.80 (0.53 to 0.98) | 1.00 (0.46 to 1.18) | 0.40, 1.20 | 0.50 (" in text
    assert "`x` at commit" in text


def test_an_example_is_the_first_solved_net_of_its_kind():
    [record] = typed(OrderRecord, [of_order()], Path("file"))
    assert of_each_kind(record) == [0, 1]
    [record] = typed(OrderRecord, [of_order(one_block=[False, True, True, True])], Path("file"))
    assert of_each_kind(record) == [1, 2, 0]  # by the gate, by neither; the fourth is not solved
