"""Words and numbers that pictures and pages share, without what draws them."""

PANELS = {
    "input_gate": "input gate",
    "output_gate": "output gate",
    "cell_input": "cell input g(net)",
    "state": "state s",
    "cell_output": "cell output",
}
"""Titles of what is shown of memory blocks, by the names of the arrays, from the input on."""


def cell(number: int, block_size: int) -> str:
    """Which cell this is of blocks of this size; a gate stands for its block (size 1).

    >>> cell(3, block_size=2), cell(1, block_size=1)
    ('block 2, cell 2', 'block 2')
    """
    block, inside = divmod(number, block_size)
    return f"block {block + 1}" + (f", cell {inside + 1}" if block_size > 1 else "")


FLOW_BAND = "truncated: output to cell input"
"""The one error in memory cells that is drawn with quantiles: those of all would hide one another."""
