"""The neural sequence chunker in NumPy float64, step by step with loops over units, for one sequence of symbols.

Written from the description of 1992: it shares no code with `lstm_jax`, of which it only reads settings and weights.
"""

from typing import Any, NamedTuple

import numpy as np


class Net(NamedTuple):
    """Weights of one net as plain arrays."""

    w: np.ndarray
    """Units from inputs."""
    v: np.ndarray
    """Units from units."""
    u_in: np.ndarray
    """Outputs from inputs; zero where they do not see them."""
    u: np.ndarray
    """Outputs from units."""


class Tick(NamedTuple):
    """One step of a net's own clock: what it was shown, and what that made of it."""

    symbol: int
    before: np.ndarray
    after: np.ndarray


class Result(NamedTuple):
    """What a presentation yields."""

    outputs: np.ndarray
    """A's predictions of the next symbol."""
    shown: list[int]
    """The times whose symbols C was shown, and that of the last target if A did not predict it."""
    automatizer: Net
    """Gradient of E/2 of A."""
    chunker: Net


def f(x):
    return 1 / (1 + np.exp(-x))


def net(weights: Any) -> Net:
    """Read a `NetworkWeights` without lanes."""
    w, v, u_in, u = weights.hidden.input, weights.hidden.hidden, weights.output.input, weights.output.hidden
    if u_in is None:
        u_in = np.zeros((len(u), w.shape[1]))
    return Net(*(np.asarray(part, np.float64) for part in (w, v, u_in, u)))


def _tick(of: Net, symbol: int, before: np.ndarray) -> Tick:
    after = np.zeros(len(before))
    for i in range(len(before)):
        after[i] = f(of.w[i, symbol] + sum(of.v[i, j] * before[j] for j in range(len(before))))
    return Tick(symbol, before, after)


def _outputs(of: Net, tick: Tick) -> np.ndarray:
    return f(of.u_in[:, tick.symbol] + of.u @ tick.after)


def _blame(of: Net, total: Net, history: list[Tick], outputs, wanted, horizon: int, sees_inputs=True) -> None:
    """Add to a gradient what one error contributes, going back through the last `horizon` ticks."""
    delta = (outputs - wanted) * outputs * (1 - outputs)
    last = history[-1]
    for k in range(len(delta)):
        if sees_inputs:
            total.u_in[k, last.symbol] += delta[k]
        total.u[k] += delta[k] * last.after
    error = of.u.T @ delta
    for tick in list(reversed(history))[:horizon]:
        at_units = error * tick.after * (1 - tick.after)
        for i in range(len(at_units)):
            total.w[i, tick.symbol] += at_units[i]
            total.v[i] += at_units[i] * tick.before
        error = of.v.T @ at_units


def present(network: Any, weights: Any, symbols, targets) -> Result:
    """Show one sequence.

    Args:
        network: the settings.
        weights: without lanes.
        symbols: [time]; no padding.
        targets: [time, outputs], what comes next.
    """
    a, c = net(weights.automatizer), net(weights.chunker)
    by_a, by_c = (Net(*(np.zeros_like(part) for part in of)) for of in (a, c))
    history_a: list[Tick] = []
    history_c: list[Tick] = []
    all_outputs, shown = [], []
    y, state = np.zeros(network.units), np.zeros(network.chunker_units)
    surprised = True
    for t, (symbol, wanted) in enumerate(zip(np.asarray(symbols).tolist(), np.asarray(targets), strict=True)):
        if surprised:
            tick = _tick(c, symbol, state)
            history_c.append(tick)
            state = tick.after
            shown.append(t)
        expected = _outputs(c, history_c[-1])
        tick = _tick(a, symbol, y)
        history_a.append(tick)
        y = tick.after
        both = _outputs(a, tick)
        goals = [wanted, state] + ([expected] if network.state == "units and outputs" else [])
        _blame(a, by_a, history_a, both, np.concatenate(goals), network.horizon)
        prediction = both[: network.outputs]
        surprised = bool(np.any(np.abs(prediction - wanted) >= network.tolerance))
        if surprised:
            _blame(c, by_c, history_c, expected, wanted, network.horizon, network.chunker_outputs_see_inputs)
        all_outputs.append(prediction)
    if surprised:
        shown.append(len(all_outputs))
    return Result(np.array(all_outputs), shown, by_a, by_c)
