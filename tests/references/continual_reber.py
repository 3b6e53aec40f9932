"""A reader of endless embedded Reber strings, written from the figure of the grammar, apart from the task."""

EDGES = {0: "B1", 1: "T2 P3", 2: "S2 X4", 3: "T3 V5", 4: "X3 S6", 5: "P4 V6", 6: "E7"}
"""From every state the symbols that may come, and where each leads; 7 is the end."""


class Reader:
    """Reads symbol after symbol and knows what may come next, in the order of the figure."""

    def __init__(self) -> None:
        self.string = ""
        """What was read of the string that is not over yet."""
        self.state = 0

    def possible(self) -> str:
        if len(self.string) < 2:
            return ("B", "TP")[len(self.string)]
        if self.state < 7:
            return "".join(edge[0] for edge in EDGES[self.state].split())
        return self.string[1] if self.state == 7 else "E"

    def read(self, symbol: str) -> None:
        assert symbol in self.possible()
        if len(self.string) < 2:
            self.string += symbol
        elif self.state < 7:
            (self.state,) = (int(edge[1]) for edge in EDGES[self.state].split() if edge[0] == symbol)
            self.string += symbol
        elif self.state == 7:
            self.state = 8
            self.string += symbol
        else:
            self.string, self.state = "", 0
