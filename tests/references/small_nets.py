"""Nets of weight guessing in NumPy float64, one unit after the other, by loops.

Written from the description of the architectures: it shares no code with `lstm_jax`, of which it only reads settings
and weights. Weights may have lanes, `[..., lanes]`; the input line is one number per step.
"""

from typing import Any

import numpy as np


def f(x):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def output_feedback(cell: Any, weights: Any, line: np.ndarray) -> np.ndarray:
    """The output unit's activation after the last element: `[lanes]`. Only for one input and one output unit."""
    w = np.asarray(weights.hidden.input, np.float64)[:, 0]
    v = np.asarray(weights.hidden.hidden, np.float64)
    b = np.asarray(weights.hidden.bias, np.float64)
    u = np.asarray(weights.output.input, np.float64)[0, 0]
    q = np.asarray(weights.output.hidden, np.float64)[0]
    c = np.zeros_like(u) if weights.output.bias is None else np.asarray(weights.output.bias, np.float64)[0]
    n = cell.hidden
    hidden, output = [np.zeros_like(u) for _ in range(n)], np.zeros_like(u)
    for x in line:
        new = []
        for i in range(n):
            net = b[i] + w[i] * x + v[i, 0] * output
            if cell.connections == "all":
                net = net + sum(v[i, 1 + j] * hidden[j] for j in range(n))
            if cell.connections == "own":
                net = net + np.asarray(weights.own, np.float64)[i] * hidden[i]
            new.append(f(net))
        net = c + u * x + sum(q[i] * new[i] for i in range(n))
        if cell.connections == "all":
            net = net + q[n] * output
        hidden, output = new, f(net)
    return output


def tanh_unit(weights: Any, line: np.ndarray) -> np.ndarray:
    """One unit with input, own connection and bias: tanh of half the net input."""
    w, v, b = (np.asarray(part, np.float64).reshape(-1) for part in (weights.input, weights.hidden, weights.bias))
    y = np.zeros_like(w)
    for x in line:
        y = np.tanh((w * x + v * y + b) / 2)
    return y
