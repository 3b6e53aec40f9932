"""Nets on endless streams in NumPy float64: memory blocks with forget gates, phases, a weight change at every step.

Written from sections 2 to 4 of "Learning to forget" (Gers, Schmidhuber and Cummins, 2000), one net, one unit and one
weight at a time. It shares no code with `lstm_jax`, of which it only reads settings, weights and random numbers.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tests.references.continual_reber import Reader
from tests.references.memory_block import Matrix, f, slope, squash

ALPHABET = "BTPSXVE"


def matrices(weights: Any) -> dict[str, Matrix]:
    """A network's weights as one matrix for each group: columns are inputs, cell outputs and, where there is one, a
    bias. No lanes."""
    groups = {
        name: getattr(weights.hidden, name, None) for name in ("input_gate", "output_gate", "cell", "forget_gate")
    }
    groups["output"] = weights.output
    return {name: _matrix(group) for name, group in groups.items() if group is not None}


def _matrix(group) -> Matrix:
    parts = [group.input, group.hidden, None if group.bias is None else np.asarray(group.bias)[:, None]]
    return np.concatenate([np.asarray(part, np.float64) for part in parts if part is not None], axis=1)


class Net:
    """Weights, states, and the derivatives of every state by the weights that lead into it."""

    def __init__(self, cell: Any, w: dict[str, Matrix], decay: float) -> None:
        self.w = {name: matrix.copy() for name, matrix in w.items()}
        self.block = [j for j in range(cell.blocks) for _ in range(cell.block_size)]
        self.cells = range(len(self.block))
        self.g, self.h = cell.cell_input_squashing, cell.cell_output_squashing
        self.decay = decay
        """What is left of a state where there are no forget gates."""
        self.reset()

    def reset(self) -> None:
        self.s, self.y_c = np.zeros(len(self.cells)), np.zeros(len(self.cells))
        self.ds = {
            name: np.zeros((len(self.cells), self.w[name].shape[1]))
            for name in ("cell", "input_gate", "forget_gate")
            if name in self.w
        }

    def show(self, symbol: int) -> np.ndarray:
        """One step forward; the outputs."""
        x = np.eye(7)[symbol]
        self.u = np.concatenate([x, self.y_c, [1.0]])
        net = {name: matrix @ self.u[: matrix.shape[1]] for name, matrix in self.w.items() if name != "output"}
        self.net, before = net, self.s.copy()
        for v in self.cells:
            j = self.block[v]
            forget = f(net["forget_gate"][j]) if "forget_gate" in net else self.decay
            y_in, cell_input = f(net["input_gate"][j]), squash(self.g, net["cell"][v])
            self.s[v] = forget * before[v] + y_in * cell_input
            slopes = {
                "cell": y_in * slope(self.g, net["cell"][v]),
                "input_gate": cell_input * slope((0, 1), net["input_gate"][j]),
            }
            if "forget_gate" in net:
                slopes["forget_gate"] = before[v] * slope((0, 1), net["forget_gate"][j])
            for name, by_net in slopes.items():
                for m in range(self.ds[name].shape[1]):
                    self.ds[name][v, m] = forget * self.ds[name][v, m] + by_net * self.u[m]
        self.y_c = np.array([f(net["output_gate"][self.block[v]]) * squash(self.h, self.s[v]) for v in self.cells])
        self.seen = np.concatenate([x, self.y_c, [1.0]])
        self.y = np.array([f(float(net)) for net in self.w["output"] @ self.seen])
        return self.y

    def learn(self, alpha: float, target: np.ndarray) -> None:
        """Change the weights by the error of the step that was shown."""
        e = self.y * (1 - self.y) * (target - self.y)
        change = {name: np.zeros_like(matrix) for name, matrix in self.w.items()}
        change["output"] = np.outer(e, self.seen)
        for v in self.cells:
            j = self.block[v]
            at_output = sum(self.w["output"][k, 7 + v] * e[k] for k in range(7))
            e_s = f(self.net["output_gate"][j]) * slope(self.h, self.s[v]) * at_output
            for name, ds in self.ds.items():
                change[name][v if name == "cell" else j] += e_s * ds[v]
            delta = slope((0, 1), self.net["output_gate"][j]) * squash(self.h, self.s[v]) * at_output
            change["output_gate"][j] += delta * self.u
        for name in self.w:
            self.w[name] = self.w[name] + alpha * change[name]


class Moment(NamedTuple):
    """What happened in one step."""

    symbol: str
    test: int
    """Which stream of a test it belonged to; 0: a training stream."""
    right: bool
    streams: int
    """Training streams so far."""
    reset: bool
    """Whether states were reset after it."""
    weights: dict[str, Matrix]
    """After it."""


def run(stream: Any, weights: Any, draws: Sequence[float]) -> Iterator[Moment]:
    """Train one net of `matrices` on streams; random numbers decide what follows symbol after symbol."""
    decay = stream.optimizer.schedule.factor if stream.optimizer.schedule else 1.0
    net = Net(stream.network.cell, matrices(weights), getattr(stream.network.cell, "remaining", 1.0))
    reader, streams, test, length, alpha = Reader(), 1, 0, 0, stream.optimizer.learning_rate
    symbol = "B"
    reader.read(symbol)
    for draw in draws:
        outputs = net.show(ALPHABET.index(symbol))
        possible = reader.possible()
        following = possible[int(draw * 2)] if len(possible) == 2 else possible
        told = following if stream.task.targets == "next" else possible
        target = np.array([float(letter in told) for letter in ALPHABET])
        if stream.task.judged_by == "order":
            right = min(outputs[ALPHABET.index(letter)] for letter in possible) > max(
                y for letter, y in zip(ALPHABET, outputs, strict=True) if letter not in possible
            )
        else:
            right = bool(max(abs(outputs - target)) < stream.task.tolerance)
        if not test:
            net.learn(alpha, target)
            alpha *= decay
        shown, in_test, in_stream = symbol, test, streams
        string_over = symbol == "E" and reader.possible() == "B"
        length += right
        full = length == (stream.test_symbols if test else stream.training_symbols)
        if full or not right:
            net.reset()
            if not test:
                test = 1
            elif full and test == stream.test_streams:
                yield Moment(shown, in_test, bool(right), in_stream, True, dict(net.w))
                return
            elif full:
                test += 1
            else:
                if streams == stream.training_streams:
                    yield Moment(shown, in_test, bool(right), in_stream, True, dict(net.w))
                    return
                test, streams = 0, streams + 1
            length, alpha, reader, symbol = 0, stream.optimizer.learning_rate, Reader(), "B"
            reader.read(symbol)
            yield Moment(shown, in_test, bool(right), in_stream, True, dict(net.w))
            continue
        resets = stream.external_reset and string_over
        if resets:
            net.reset()
        symbol = following
        reader.read(symbol)
        yield Moment(shown, in_test, bool(right), in_stream, resets, dict(net.w))
