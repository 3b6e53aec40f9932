"""Pure recurrent cells, one file per family: initial weights, initial carry, one step."""
