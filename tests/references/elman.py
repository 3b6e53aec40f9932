"""Ordinary recurrent nets in NumPy float64: back-propagation through the last k steps, and on-line RTRL, by loops.

Written from the equations of section 3.1 and of Williams & Zipser (1989): it shares no code with `lstm_jax`, of which
it only reads settings and weights. One sequence, no lanes; logistic or linear output units over logistic hidden ones.
"""

from typing import Any, NamedTuple

import numpy as np


class Result(NamedTuple):
    """What a presentation yields."""

    outputs: np.ndarray
    """y_k(t): [time, outputs]"""
    gradient: Any
    """Of E/2, in the structure of the weights."""


def f(x):
    return 1 / (1 + np.exp(-x))


def _parts(network, weights) -> list[Any]:
    """(W, V, b) of the hidden units and (U of the inputs, U of the units, c) of the output units, zero if absent."""
    n, m, outputs = network.cell.units, network.cell.inputs, network.outputs
    hidden, output = weights.hidden, weights.output

    def array(part, shape):
        return np.zeros(shape) if part is None else np.array(part, np.float64)

    return [
        array(hidden.input, (n, m)),
        array(hidden.hidden, (n, n)),
        array(hidden.bias, n),
        array(output.input, (outputs, m)),
        array(output.hidden, (outputs, n)),
        array(output.bias, outputs),
    ]


def _structure(weights, totals):
    """Totals of `_parts`' order in the structure of the weights."""

    def group(of, parts):
        names = ("input", "hidden", "bias")
        return of._replace(
            **{name: part for name, part in zip(names, parts, strict=True) if getattr(of, name) is not None}
        )

    return weights._replace(hidden=group(weights.hidden, totals[:3]), output=group(weights.output, totals[3:]))


def _one_hot(symbol, size):
    return np.array([float(i == symbol) for i in range(size)])


def windowed(network: Any, weights: Any, inputs, targets, mask, horizon: int) -> Result:
    """Every error goes back through `horizon` steps, the one where it arises among them.

    Args:
        network: the settings.
        weights: without lanes.
        inputs: symbols [time]; no padding.
        targets: [time, outputs].
        mask: [time], the steps where the error counts.
        horizon: at least 1.
    """
    w, v, b, u_in, u, c = _parts(network, weights)
    x = [_one_hot(symbol, network.cell.inputs) for symbol in inputs]
    y, outputs = [np.zeros(network.cell.units)], []
    for now in x:
        y.append(f(w @ now + v @ y[-1] + b))
        outputs.append(f(u_in @ now + u @ y[-1] + c))
    totals: list[Any] = [np.zeros_like(part) for part in (w, v, b, u_in, u, c)]
    for end in np.flatnonzero(mask):
        delta = (outputs[end] - targets[end]) * outputs[end] * (1 - outputs[end])
        totals[3] += np.outer(delta, x[end])
        totals[4] += np.outer(delta, y[end + 1])
        totals[5] += delta
        at_units = u.T @ delta
        for t in range(end, max(end - horizon, -1), -1):
            at_net = at_units * y[t + 1] * (1 - y[t + 1])
            totals[0] += np.outer(at_net, x[t])
            totals[1] += np.outer(at_net, y[t])
            totals[2] += at_net
            at_units = v.T @ at_net
    return Result(np.array(outputs), _structure(weights, totals))


def online(network: Any, weights: Any, inputs, targets, mask, alpha: float) -> Result:
    """RTRL with a weight change at every step where there is an error; the derivatives are carried unit by weight.

    Arguments as for `windowed`; alpha is the learning rate. The gradient is the sum of those of all steps.
    """
    before = _parts(network, weights)
    totals: list[Any] = [np.zeros_like(part) for part in before]
    groups = (weights.hidden, weights.output)
    there = [part is not None for group in groups for part in (group.input, group.hidden, group.bias)]
    n = network.cell.units
    y = np.zeros(n)
    # p[k][i][j] = dy_k / d(weight into unit i from its source j); sources are inputs, units, bias.
    sources = network.cell.inputs + n + 1
    p = np.zeros((n, n, sources))
    outputs = []
    for t, symbol in enumerate(inputs):
        w, v, b, u_in, u, c = (
            part - alpha * exists * total for part, total, exists in zip(before, totals, there, strict=True)
        )
        x = _one_hot(symbol, network.cell.inputs)
        z = np.concatenate([x, y, [1.0]])
        y = f(w @ x + v @ y + b)
        new = np.zeros_like(p)
        for k in range(n):
            for i in range(n):
                for j in range(sources):
                    recurrent = sum(v[k, m] * p[m, i, j] for m in range(n))
                    new[k, i, j] = y[k] * (1 - y[k]) * (recurrent + (z[j] if i == k else 0.0))
        p = new
        output = f(u_in @ x + u @ y + c)
        outputs.append(output)
        if not mask[t]:
            continue
        delta = (output - targets[t]) * output * (1 - output)
        by_hidden = np.einsum("k,kij->ij", u.T @ delta, p)
        totals[0] += by_hidden[:, : len(x)]
        totals[1] += by_hidden[:, len(x) : -1]
        totals[2] += by_hidden[:, -1]
        totals[3] += np.outer(delta, x)
        totals[4] += np.outer(delta, y)
        totals[5] += delta
    return Result(np.array(outputs), _structure(weights, totals))
