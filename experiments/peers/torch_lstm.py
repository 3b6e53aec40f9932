"""An LSTM as PyTorch offers it, one call per sequence. PyTorch is not part of the tests' environment."""

from collections.abc import Iterator

import torch  # pyright: ignore[reportMissingImports]

from .training import CELLS, LEARNING_RATE, LENGTH, Contestant

BLOCK = 256
"""Sequences drawn at a time: one by one their drawing would cost a noticeable part of a step."""


def step_by_step() -> Contestant:
    """One trial of `nn.LSTM` with a logistic output unit (133 weights, batch 1) on one thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    hidden, output = torch.nn.LSTM(2, CELLS), torch.nn.Linear(CELLS, 1)
    parameters = [*hidden.parameters(), *output.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)

    def advance(_, sequences: int):
        total = 0.0
        for drawn in range(0, sequences, BLOCK):
            for inputs, target in adding(min(BLOCK, sequences - drawn)):
                activations, _ = hidden(inputs)
                difference = torch.sigmoid(output(activations[-1])) - target
                optimizer.zero_grad()
                (difference.square().sum() / 2).backward()
                optimizer.step()
                total += abs(difference.item())
        return None, total / sequences

    return Contestant(None, advance, sum(parameter.numel() for parameter in parameters))


def adding(count: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Random sequences of the adding problem: inputs `[steps, 1, 2]`, target `[1, 1]`."""
    longest = LENGTH + LENGTH // 10
    each = torch.arange(count)
    lengths = torch.randint(LENGTH, longest + 1, (count,))
    first = torch.randint(0, 10, (count,))
    second = torch.randint(0, LENGTH // 2 - 1, (count,))
    second += second >= first
    values = torch.rand(count, longest) * 2 - 1
    markers = torch.zeros(count, longest)
    markers[each, first] = markers[each, second] = 1
    markers[each, lengths - 1] = markers[:, 0] = -1
    inputs = torch.stack([values, markers], 2)[:, :, None]
    counted = values.clone()
    counted[:, 0] = 0  # the value of a marked first pair does not count
    targets = 0.5 + (counted[each, first] + counted[each, second]) / 4
    for i in range(count):
        yield inputs[i, : lengths[i]], targets[i].reshape(1, 1)
