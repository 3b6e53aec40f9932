"""The network of section 4 and its learning rule (appendix A.1) in NumPy float64, one unit and one weight at a time.

Written from the paper's equations alone: it shares no code with `lstm_jax`, of which it only reads settings and
weights. One sequence, no lanes; the names are the paper's.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

Matrix = np.ndarray
"""[units, sources]: columns are inputs, then hidden activations, then the bias, as far as a group receives them."""


class Result(NamedTuple):
    """What a presentation yields."""

    outputs: np.ndarray
    """y_k(t): [time, outputs]"""
    gradient: Mapping[str, Matrix]
    """The truncated gradient of E/2 (the paper's weight changes are -alpha times it)."""


def f(x: float) -> float:
    """Equation 3."""
    return 1 / (1 + np.exp(-x))


def squash(squashing, x: float) -> float:
    if squashing == "identity":
        return x
    low, high = squashing
    return low + (high - low) * f(x)


def slope(squashing, x: float) -> float:
    if squashing == "identity":
        return 1.0
    low, high = squashing
    return (high - low) * f(x) * (1 - f(x))


def matrices(weights: Any) -> dict[str, Matrix]:
    """A network's weights, or its gradient, as one matrix for each group of units. No lanes."""
    groups = {"in": weights.hidden.input_gate, "c": weights.hidden.cell, "k": weights.output}
    if weights.hidden.output_gate is not None:
        groups["out"] = weights.hidden.output_gate
    return {name: _matrix(group) for name, group in groups.items()}


def _matrix(group) -> Matrix:
    parts = [group.input, group.hidden, None if group.bias is None else np.asarray(group.bias)[:, None]]
    return np.concatenate([np.asarray(part, np.float64) for part in parts if part is not None], axis=1)


def _net(row: np.ndarray, u: list[float]) -> float:
    assert len(row) == len(u)
    return sum(row[m] * u[m] for m in range(len(u)))


def present(
    network: Any,
    weights: Any,
    inputs: np.ndarray,
    targets: np.ndarray,
    mask: np.ndarray | None,
    alpha_at_every_step: float = 0.0,
    slope_by_output: bool = False,
) -> Result:
    """Show one sequence and collect the gradient on the way; nothing of the past is kept but s and its partials.

    Args:
        network: the settings.
        weights: all weights, see `matrices`.
        inputs: [time, inputs], or symbols [time]; no padding.
        targets: [outputs], or [time, outputs] if there is a mask.
        mask: [time], the steps where the error counts; None if it is the last one.
        alpha_at_every_step: change the weights at every step by so much times its weight changes.
        slope_by_output: a reading: h' where h takes the value y_c, instead of h'(s).
    """
    cell = network.cell
    blocks = range(cell.blocks)
    # Cell v belongs to block j = block[v].
    block = [j for j in blocks for _ in range(cell.block_size)]
    cells = range(len(block))
    g, h, f_k = cell.cell_input_squashing, cell.cell_output_squashing, network.output_squashing
    w = matrices(weights)
    w_before = w
    has_bias = {
        "in": weights.hidden.input_gate.bias is not None,
        "c": weights.hidden.cell.bias is not None,
        "out": cell.output_gates and weights.hidden.output_gate.bias is not None,
        "k": weights.output.bias is not None,
    }
    total = {name: np.zeros_like(matrix) for name, matrix in w.items()}  # minus the gradient of E/2

    # All activations and states are zero before the sequence.
    y_c, s = [0.0 for _ in cells], [0.0 for _ in cells]
    y_in, y_out = [0.0 for _ in blocks], [0.0 for _ in blocks]
    ds_dw_c = np.zeros_like(w["c"])
    ds_dw_in = np.zeros((len(block), w["in"].shape[1]))
    outputs = []

    for t in range(len(inputs)):
        x = [float(i == inputs[t]) for i in range(cell.inputs)] if inputs.ndim == 1 else list(inputs[t])

        recurrent = []
        if cell.cell_recurrence:
            recurrent += y_c
        if cell.gate_recurrence:
            recurrent += y_in
            if cell.output_gates:
                recurrent += y_out
        u = {name: x + recurrent + [1.0] * has_bias[name] for name in ("in", "c", "out")}

        net_in = [_net(w["in"][j], u["in"]) for j in blocks]
        net_c = [_net(w["c"][v], u["c"]) for v in cells]
        net_out = [_net(w["out"][j], u["out"]) for j in blocks] if cell.output_gates else []
        y_in = [f(net_in[j]) for j in blocks]
        y_out = [f(net_out[j]) for j in blocks] if cell.output_gates else [1.0 for _ in blocks]
        s = [s[v] + y_in[block[v]] * squash(g, net_c[v]) for v in cells]
        y_c = [y_out[block[v]] * squash(h, s[v]) for v in cells]

        u["k"] = (x if network.outputs_see_inputs else []) + y_c + [1.0] * has_bias["k"]
        first_cell = len(x) if network.outputs_see_inputs else 0
        net_k = [_net(w["k"][k], u["k"]) for k in range(network.outputs)]
        y_k = [squash(f_k, net_k[k]) for k in range(network.outputs)]
        outputs.append(y_k)

        # The only two families of partial derivatives that are carried from step to step.
        for v in cells:
            j = block[v]
            for m in range(len(u["c"])):
                ds_dw_c[v, m] += y_in[j] * slope(g, net_c[v]) * u["c"][m]
            for m in range(len(u["in"])):
                ds_dw_in[v, m] += squash(g, net_c[v]) * slope((0, 1), net_in[j]) * u["in"][m]

        if t < len(inputs) - 1 if mask is None else not mask[t]:
            continue
        d = targets if mask is None else targets[t]
        e = [slope(f_k, net_k[k]) * (d[k] - y_k[k]) for k in range(network.outputs)]
        for k in range(network.outputs):
            for m in range(len(u["k"])):
                total["k"][k, m] += e[k] * u["k"][m]
        for v in cells:
            j = block[v]
            error_at_y_c = sum(w["k"][k, first_cell + v] * e[k] for k in range(network.outputs))
            at_s = s[v]
            if slope_by_output and h != "identity":  # h(at_s) = y_c
                low, high = h
                at_s = -np.log((high - y_c[v]) / (y_c[v] - low))
            e_s = y_out[j] * slope(h, at_s) * error_at_y_c
            for m in range(len(u["c"])):
                total["c"][v, m] += e_s * ds_dw_c[v, m]
            for m in range(len(u["in"])):
                total["in"][j, m] += e_s * ds_dw_in[v, m]
            if cell.output_gates:
                for m in range(len(u["out"])):
                    total["out"][j, m] += slope((0, 1), net_out[j]) * squash(h, s[v]) * error_at_y_c * u["out"][m]
        w = {name: w_before[name] + alpha_at_every_step * total[name] for name in w}

    return Result(np.array(outputs), {name: -matrix for name, matrix in total.items()})
