"""For every row of LSTM the readings of the paper that are known to come closest to its figures today.

A reading is a file in configs/reading, whose first line says how it departs from the printed conditions. Which come
closest was found by search and confirmed on seeds that no search had used; the experiments' pages in docs say how many
were tried, and docs/results.md how rows fare in both.
"""

from pathlib import Path

from lstm_jax.places import CONFIGS

_WIRED = ("outputs_see_inputs", "output_bias", "full_gradient", "open_output_gates", "wide_start")

CLOSEST: dict[str, tuple[str, ...]] = {
    "1-1": (*_WIRED, "exchanged_squashing"),
    "1-2": (*_WIRED, "exchanged_squashing"),
    "1-3": (*_WIRED, "no_gate_recurrence"),
    "1-4": (*_WIRED, "exchanged_squashing"),
    "1-5": (*_WIRED, "no_gate_recurrence"),
    "2a": ("closed_by_weights", "output_bias", "step_changes"),
    "2b": ("closed_by_weights", "output_bias", "errors_at_end"),
    **{f"2c-{i}": ("no_recurrence",) for i in range(1, 7)},
    **{f"2c-{i}": ("no_recurrence", "narrow_start") for i in range(7, 10)},
    "3a-1": (),
    "3a-2": (),
    "3a-3": (),
    "3b-1": ("examined_every_10000",),
    "3b-2": ("examined_every_10000",),
    "3b-3": (),
    "3c-1": (),
    "3c-2": (),
    "4-1": ("linear_output",),
    "4-2": ("linear_output", "no_output_bias"),
    "4-3": ("linear_output", "no_output_bias"),
    "5": ("linear_output", "input_gates_3_6", "rate_0_2"),
    "6a": (),
    "6b": ("full_gradient", "no_gate_recurrence", "start_at_half"),
}
"""Names of readings by the names of rows; none where a row is closest as printed."""

QUICK = ("1-2", "2c-1", "3a-2", "4-1", "5", "6a")
"""One row of each experiment, all of which take at most three minutes together on two cores."""

SEED = 100
"""Seed of the recorded runs, which no search for a reading has used."""


def departure(reading: str) -> str:
    """How a reading departs from the printed conditions, in words: the first sentence of its file.

    >>> departure("linear_output")
    'linear output units'
    """
    _, sentence, *_ = (Path(CONFIGS) / "reading" / f"{reading}.yaml").read_text().splitlines()
    return sentence.removeprefix("# ").removesuffix(".")


def departures(row: str) -> str:
    """How a row departs from the printed conditions in its closest reading, in words; empty if it does not.

    >>> departures("4-1"), departures("6a")
    ('linear output units', '')
    """
    return "; ".join(map(departure, CLOSEST[row]))
