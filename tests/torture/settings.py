"""Drawn settings of all groups: a valid one can be trained, an invalid one gets one sentence that names a setting."""

import copy
import time
from collections import Counter
from functools import cache
from typing import Any

import hypothesis
import jax
from hypothesis import strategies as st

from lstm_jax import option_list
from lstm_jax.configuration import arrays
from lstm_jax.errors import InputError
from lstm_jax.trials import experiment
from lstm_jax.trials.parts import LANES, data, keys

LONGEST = 5.0
"""Seconds of a processor after which somebody who waits for an answer thinks that there is none."""

GROUPS = ("network", "task", "criterion", "optimizer")

USUAL: dict[str, Any] = {
    "row": "drawn",
    "trials": 2,
    "budget": 4000,
    "curve_interval": 1000,
    "weight_range": 0.1,
    "test_sequences": 8,
    "gradient": "bptt",
    "construction": None,
}

REQUIRED: dict[str, Any] = {
    "learning_rate": 0.1,
    "size": 10,
    "fewer_wrong_than": [1],
    "mean_error_below": [None],
    "sequences": 10,
}
"""Values for settings that have no default."""

VALUES = st.one_of(
    st.sampled_from([None, True, False, "none", "random", "x", "", [], {}, [[]], {"name": "x"}, "1e3", "identity"]),
    st.integers(-2, 6),
    st.sampled_from([10, 100, 10**4, 10**6, 10**9, 2**31, -(10**6), 10**30]),
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.floats(0, 1),
    st.lists(st.integers(-1, 5), max_size=3),
    st.lists(st.floats(-3, 3), max_size=3),
    st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=1, max_size=2),
)


@st.composite
def nodes(draw: Any) -> tuple[dict[str, Any], list[str]]:
    """A configuration as plain values, and the names of what was drawn in it."""
    node = copy.deepcopy(USUAL)
    for group in GROUPS:
        chosen = copy.deepcopy(draw(st.sampled_from(options(group))))
        node.update({key: value for key, value in chosen.items() if key in (group, "gradient")})
    _complete(node)
    names = sorted(_paths(node))
    changed = draw(st.lists(st.sampled_from(names), max_size=draw(st.integers(0, 3)), unique=True))
    for name in changed:
        _set(node, name, draw(VALUES))
    if draw(st.integers(0, 9)) == 0:
        changed.append(draw(st.sampled_from(["nonsense", "task.nonsense", "network.nonsense", "optimizer.nonsense"])))
        _set(node, changed[-1], draw(VALUES))
    return node, [*changed, *GROUPS, "gradient", "budget"]


OTHERS = ("continual_reber", "stacked", "residual")
"""Options that are no part of a training, or are made of others."""


@cache
def options(group: str) -> list[dict[str, Any]]:
    """What every name of a group brings to a configuration."""
    return [option_list.option(group, name) for name in option_list.names(group) if name not in OTHERS]


def campaign(cases: int, seed: int) -> tuple[Counter[str], dict[str, str]]:
    """Draw so many configurations.

    Returns:
        How many were valid, refused and faulty; and each kind of fault with one case of it.
    """
    counts: Counter[str] = Counter()
    faults: dict[str, str] = {}
    for group in GROUPS:
        options(group)  # what is imported first may draw numbers of its own

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
    )
    @hypothesis.given(nodes())
    def one(drawn: tuple[dict[str, Any], list[str]]) -> None:
        node, names = drawn
        outcome, fault = examined(copy.deepcopy(node), names)
        counts[outcome] += 1
        if fault:
            faults.setdefault(fault, repr(node))

    one()
    return counts, faults


def examined(node: dict[str, Any], names: list[str]) -> tuple[str, str]:
    """What comes of one configuration, "valid", "refused" or "faulty", and what is wrong with that."""
    started = time.process_time()
    try:
        found = experiment.read(node)
    except InputError as error:
        return _refusal(str(error), names, time.process_time() - started)
    except Exception as error:  # what is looked for
        return "faulty", f"{type(error).__name__} {_place(error)}: {str(error).splitlines()[:1]}"
    try:
        trial = arrays(found.trial, LANES)
        state = jax.eval_shape(type(trial).start, trial, keys(), data(found.trial.task))
        for _ in range(2):
            state, _ = jax.eval_shape(type(trial).step, trial, state)
    except Exception as error:  # what is looked for
        return "faulty", f"taken, but {type(error).__name__} {_place(error)}: {str(error).splitlines()[:1]}"
    return "valid", ""


def _refusal(sentence: str, names: list[str], seconds: float) -> tuple[str, str]:
    if "\n" in sentence or not sentence.endswith("."):
        return "faulty", f"no sentence: {sentence!r}"
    if not any(name.rpartition(".")[2] in sentence for name in names):
        return "faulty", f"names no setting: {sentence[:80]!r}"
    if seconds > LONGEST:
        return "faulty", f"refused after more than {LONGEST:g} s: {sentence[:80]!r}"
    return "refused", ""


def _place(error: Exception) -> str:
    """Where in our code an error came from."""
    frame, found = error.__traceback__, ""
    while frame is not None:
        file = frame.tb_frame.f_code.co_filename
        if "/lstm_jax/" in file and "site-packages" not in file:
            found = f"{file.rpartition('/lstm_jax/')[2]}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found


def _complete(node: dict[str, Any]) -> None:
    """Give what has no default a value."""
    for name, value in node.items():
        if isinstance(value, dict):
            _complete(value)
        elif value == "???" or (isinstance(value, str) and value.startswith("$")):
            node[name] = REQUIRED.get(name, 3)


def _paths(node: dict[str, Any], path: str = "") -> list[str]:
    found = []
    for name, value in node.items():
        found.append(f"{path}{name}")
        if isinstance(value, dict):
            found += _paths(value, f"{path}{name}.")
    return found


def _set(node: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    for name in way:
        if not isinstance(node.get(name), dict):
            return
        node = node[name]
    node[last] = value
