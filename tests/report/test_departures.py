"""How runs depart from what is printed: the readings that recorded configurations are, and what is none."""

from lstm_jax.paper.closest import CLOSEST, departure
from lstm_jax.report.dashboard.departures import departures
from tests.report.dashboards import recorded


def test_recorded_closest_readings_are_told_in_words():
    runs = [run for run in recorded()["runs"] if "/closest/" in run["folder"]]
    assert {run["row"] for run in runs} == set(CLOSEST)
    for run in runs:
        assert list(run["departs"]["words"]) == [departure(name) for name in CLOSEST[run["row"]]], run["row"]
        assert run["departs"]["closest"] and not run["departs"]["settings"]


def test_settings_that_no_reading_has_stay_as_they_are_typed():
    fields = {"network.cell.cell_recurrence": False, "network.cell.gate_recurrence": False, "optimizer.momentum": 0.9}
    changes = ["+optimizer.momentum=0.9", "network.cell.gate_recurrence=false", "seed=3"]
    one = departures("6a", fields | {"network.cell.cell_recurrence": True}, changes)
    assert one == (("no_gate_recurrence",), ("+optimizer.momentum=0.9",), False)
    # Together with the recurrence of cells it is one reading, and not two or three.
    two = departures("2c-1", fields, [*changes[1:], "network.cell.cell_recurrence=false"])
    assert two == (("no_recurrence",), (), True)
    # A value that no reading has.
    rate = departures("6a", {"optimizer.learning_rate": 0.7}, ["optimizer.learning_rate=0.7"])
    assert rate == ((), ("optimizer.learning_rate=0.7",), False)
    assert departures("6a", {"optimizer.learning_rate": 0.2}, ["optimizer.learning_rate=0.2"]).readings == ("rate_0_2",)
    assert departures("6a", {}, []).closest and departures("6a", {}, []).none
