"""What is said of a net while its moving picture shows a sequence, and which of its cells it is about."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstm_jax.analysis.traces import answer, due, symbol
from lstm_jax.cells import MemoryBlocks
from lstm_jax.report import labels
from lstm_jax.report.motion import signed, spans


def told(
    task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray], slow: np.ndarray
) -> list[tuple[int, int, str]]:
    """What is said while steps are shown: the first of them, the last + 1, and the words.

    Said is what the cell does that keeps what matters.
    """
    entering = let_in(cell, found)
    relevant, steps, chosen = found["relevant"], len(slow), keeper(task, cell, found)
    answers = due(task, found["inputs"])
    name, (block, inside) = labels.cell(chosen, cell.block_size), divmod(chosen, cell.block_size)
    state = np.concatenate([[0.0], found["state"][:, chosen]])
    lines = []
    for begin, end in spans(slow):
        if not slow[begin]:
            most = np.abs(entering[begin:end, chosen]).max()
            most = f"{most:.2f}" if most >= 0.01 else "0.01"
            which = f"Step {end}" if end - begin == 1 else f"Steps {begin + 1} to {end}"
            text = (
                f"{which}, faster: each step lets at most {most} into {name}; "
                f"its state goes from {signed(state[begin])} to {signed(state[end])}."
            )
        else:
            text = f"Step {end} of {steps} shows {shown(task, found['inputs'], begin)}."
            if relevant[begin]:
                gate = found["input_gate"][begin, block]
                into = f"cell {inside + 1}" if cell.block_size > 1 else "its cell"
                text += (
                    f" The input gate of block {block + 1} is {100 * gate:.0f} % open and lets"
                    f" {signed(entering[begin, chosen])} into {into}: {signed(state[begin])}"
                    f" becomes {signed(state[end])}."
                )
            elif "target_mask" in found and found["target_mask"][begin]:
                text += _next(task, found, begin)
                if begin == answers:
                    text += f", as in step {np.flatnonzero(relevant)[-1] + 1}" if relevant.any() else ""
                text += "."
            if "target_mask" not in found and begin == answers:
                text += _answered(task, found)
        lines.append((begin, end, text))
    return lines


def keeper(task: Any, cell: MemoryBlocks, found: Mapping[str, np.ndarray]) -> int:
    """Number of the cell whose output, when the answer is due, depends most on what had to be kept.

    It is that which would differ most, had that been otherwise. Of tasks of one's own nothing is known of that; then it
    is the cell into which most is let.
    """
    if "otherwise_cell_output" not in found:
        return int(np.argmax(np.abs(let_in(cell, found)).sum(0)))
    differs = np.abs(found["cell_output"] - found["otherwise_cell_output"])
    return int(np.argmax(differs[due(task, found["inputs"])]))


def _answered(task: Any, found: Mapping[str, np.ndarray]) -> str:
    last, wanted = found["outputs"][-1], found["targets"]
    if len(last) == 1:
        return f" Now the answer counts: {last[0]:.2f}, and {wanted[0]:.2f} is right."
    best, right = int(np.argmax(last)), int(np.argmax(wanted))
    said = f" Now the answer counts: {answer(task, best)}, at {last[best]:.2f}"
    return said + (", is right." if best == right else f"; right is {answer(task, right)}.")


def _next(task: Any, found: Mapping[str, np.ndarray], step: int) -> str:
    outputs, came = found["outputs"][step], int(np.argmax(found["targets"][step]))
    likely = [k for k in np.argsort(-outputs) if outputs[k] > outputs.max() / 4]
    names = " or ".join(f"{answer(task, int(k))} ({outputs[k]:.2f})" for k in likely)
    return f" Expected next: {names}. It is {answer(task, came)}"


def let_in(cell: MemoryBlocks, found: Mapping[str, np.ndarray]) -> np.ndarray:
    """y_in g for every cell, `[time, cells]`."""
    return np.repeat(found["input_gate"], cell.block_size, axis=1) * found["cell_input"]


def shown(task: Any, inputs: np.ndarray, step: int) -> str:
    """An input in words: a symbol, or a value and whether it is marked."""
    if inputs.ndim == 1:
        return symbol(task, int(inputs[step]))
    value, *marker = inputs[step]
    return signed(value) + (", marked" if marker and marker[0] == 1 else "")
