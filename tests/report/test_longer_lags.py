"""The table of solved trials that still answer at multiples of the lag, for lines that were tested and others."""

from dataclasses import replace

from lstm_jax.report.columns import texts
from lstm_jax.report.longer_lags import columns
from lstm_jax.results.longer import longer
from tests.results.test_reach import at


def test_only_what_was_tested_is_said():
    tested = replace(at(10, solved=2), longer=longer(10, (2, 4), [(0, 3), (), (2, 200)], fewer_wrong_than=3))
    unsolved = at(30, solved=0)
    shown = columns([tested, unsolved])
    assert [column.name for column in shown] == ["cell", "lag", "solved", "x2", "x4"]
    assert texts(shown, tested) | {"cell": ""} == {
        "cell": "",
        "lag": "10",
        "solved": "2/10",
        "x2": "2/2 [34, 100 %]",
        "x4": "0/2 [0, 66 %]",
    }
    assert (texts(shown, unsolved)["x2"], texts(shown, unsolved)["x4"]) == ("", "")
    assert len(columns([unsolved])) == 3
