"""Conditions that choose runs: a field of the configuration, how it is compared, and a value."""

import json
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.results.groups import check_names
from lstm_jax.results.run import Run

ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def parse(condition: str, runs: Sequence[Run]) -> Callable[[Run], bool]:
    """The test that a condition such as `row=6a` or `optimizer.learning_rate>=0.1` asks for.

    Values are written as in configurations; a run that has no such field has null there, and no place in an order.

    Raises:
        InputError: it is not of this form, no run has the field, or an order is asked of something without one.
    """
    match = re.fullmatch(r"\s*([\w.]+)\s*(!=|<=|>=|=|<|>)(.*)", condition)
    if match is None:
        raise InputError(
            f"where has {condition!r}: it should be a field, one of = != < <= > >=, and a value, as in row=6a."
        )
    name, sign, text = match[1], match[2], match[3].strip()
    check_names([name], runs, "where")
    value = _value(text)
    if sign in ORDERS:
        if not _is_number(value):
            raise InputError(f"where has {condition!r}: {sign} should be followed by a number.")
        return lambda run: _is_number(run.fields.get(name)) and ORDERS[sign](run.fields[name], value)

    def same(run: Run) -> bool:
        own = run.fields.get(name)
        # A row may be named 5: as text it is what was asked for, too.
        return (
            own == text if isinstance(own, str) else own == value and isinstance(own, bool) == isinstance(value, bool)
        )

    return same if sign == "=" else lambda run: not same(run)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
