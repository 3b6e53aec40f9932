"""sLSTM and mLSTM of Beck et al. (2024) in NumPy float64: without stabilisers, one unit and one weight at a time.

Weights are dicts by name of the published symbols: `W` from the input, `R` from the layer's own output, `b`.
"""

import math

import numpy as np


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def slstm(weights: dict, inputs: np.ndarray, heads: int, exponential_forget: bool) -> np.ndarray:
    """Equations 8 to 14: h at every step, `[time, units]`. Keys of `weights` are W_z, R_z, b_z; likewise i, f, o."""
    units = len(weights["b_z"])
    per_head = units // heads
    c, n, h = np.zeros(units), np.zeros(units), np.zeros(units)
    shown = []
    for x in inputs:
        before = h.copy()
        for j in range(units):
            own = before[j // per_head * per_head : (j // per_head + 1) * per_head]
            net = {}
            for gate in "zifo":
                total = weights[f"b_{gate}"][j]
                for k, value in enumerate(x):
                    total += weights[f"W_{gate}"][j, k] * value
                for k, value in enumerate(own):
                    total += weights[f"R_{gate}"][j, k] * value
                net[gate] = total
            z, i, o = math.tanh(net["z"]), math.exp(net["i"]), logistic(net["o"])
            f = math.exp(net["f"]) if exponential_forget else logistic(net["f"])
            c[j] = f * c[j] + i * z
            n[j] = f * n[j] + i
            h[j] = o * c[j] / n[j]
        shown.append(h.copy())
    return np.array(shown)


def mlstm(weights: dict, inputs: np.ndarray, heads: int, exponential_forget: bool) -> np.ndarray:
    """Equations 19 to 27, every head by itself. Keys are W_q, b_q; likewise k, v, o by unit and i, f by head."""
    units = len(weights["b_q"])
    d = units // heads
    memory, n = np.zeros((heads, d, d)), np.zeros((heads, d))
    shown = []
    for x in inputs:
        h = np.zeros(units)
        for head in range(heads):
            rows = range(head * d, (head + 1) * d)
            q, k, v, o = (
                [float(weights[f"W_{name}"][row] @ x + weights[f"b_{name}"][row]) for row in rows] for name in "qkvo"
            )
            k = [value / math.sqrt(d) for value in k]
            i_net, f_net = (float(weights[f"W_{name}"][head] @ x + weights[f"b_{name}"][head]) for name in "if")
            i = math.exp(i_net)
            f = math.exp(f_net) if exponential_forget else logistic(f_net)
            for a in range(d):
                n[head, a] = f * n[head, a] + i * k[a]
                for b in range(d):
                    memory[head, a, b] = f * memory[head, a, b] + i * v[a] * k[b]
            scale = max(abs(sum(n[head, a] * q[a] for a in range(d))), 1.0)
            for a in range(d):
                read = sum(memory[head, a, b] * q[b] for b in range(d)) / scale
                h[head * d + a] = logistic(o[a]) * read
        shown.append(h)
    return np.array(shown)
