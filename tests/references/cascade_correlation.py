"""Recurrent cascade-correlation in NumPy float64: one sequence after another, derivatives carried forward in time.

Written from Fahlman's description: it shares no code with `lstm_jax`, of which it only reads settings and weights.
Hidden units range from -1/2 to 1/2, outputs from 0 to 1.
"""

from typing import Any, NamedTuple

import numpy as np


def f(x):
    return 1 / (1 + np.exp(-x))


class Shown(NamedTuple):
    """A set of sequences: for each of them one row per step."""

    seen: list[np.ndarray]
    """What outputs and candidates see: one, a one-hot vector, the hidden units."""
    outputs: list[np.ndarray]
    errors: list[np.ndarray]
    """y - d"""


def show(network: Any, weights: Any, sequences: list[tuple[Any, Any]]) -> Shown:
    """Run the net on pairs of symbols `[time]` and targets `[time, outputs]`; weights without lanes."""
    sources, recurrent = (np.asarray(part) for part in weights.hidden)
    result = Shown([], [], [])
    for symbols, targets in sequences:
        y, rows = np.zeros(network.max_units), []
        for symbol in symbols:
            row = np.zeros(1 + network.inputs + network.max_units)
            row[0] = row[1 + symbol] = 1
            for i in range(network.max_units):
                net = sum(sources[i, s] * row[s] for s in range(1 + network.inputs + i))
                row[1 + network.inputs + i] = y[i] = f(net + recurrent[i] * y[i]) - 0.5
            rows.append(row)
        seen = np.array(rows)
        outputs = f(seen @ np.asarray(weights.output).T)
        result.seen.append(seen)
        result.outputs.append(outputs)
        result.errors.append(outputs - np.asarray(targets))
    return result


def output_slopes(network: Any, weights: Any, shown: Shown) -> np.ndarray:
    """What quickprop is told about the output weights, `[outputs, sources]`: a mean over all steps."""
    total = network.decay * np.asarray(weights.output, np.float64)
    for seen, outputs, errors in zip(*shown, strict=True):
        for t in range(len(seen)):
            delta = errors[t] * (outputs[t] * (1 - outputs[t]) + network.slope_offset)
            total = total + np.outer(delta, seen[t])
    return total / sum(map(len, shown.seen))


class Score(NamedTuple):
    """Of one candidate."""

    covariances: np.ndarray
    """With the error of each output, over the sum of squared errors."""
    score: float
    """S"""
    by_sources: np.ndarray
    by_recurrent: float


def score(sources: np.ndarray, recurrent: float, shown: Shown) -> Score:
    """S of a candidate, and its derivatives by its weights."""
    values, derivatives = [], []
    for seen in shown.seen:
        v, by_weights = 0.0, np.zeros(len(sources) + 1)
        for row in seen:
            before = v
            v = f(sources @ row + recurrent * before) - 0.5
            slope = (v + 0.5) * (0.5 - v)
            by_weights = slope * (np.append(row, before) + recurrent * by_weights)
            values.append(v)
            derivatives.append(by_weights)
    v, d = np.array(values), np.array(derivatives)
    errors = np.concatenate(shown.errors)
    deviations = errors - errors.mean(axis=0)
    covariances = (v - v.mean()) @ deviations / np.sum(errors**2)
    by_weights = np.zeros(d.shape[1])
    for o, c in enumerate(covariances):
        by_weights += np.sign(c) * (deviations[:, o] @ (d - d.mean(axis=0))) / np.sum(errors**2)
    return Score(covariances, float(np.sum(np.abs(covariances))), by_weights[:-1], float(by_weights[-1]))
