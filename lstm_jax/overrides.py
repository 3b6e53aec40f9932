"""Changes of a configuration as they are written on Hydra's command line."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lstm_jax.errors import InputError

PLAIN = re.compile(r"(?!(?:null|true|false|inf|nan)$)[A-Za-z_][\w.-]*", re.IGNORECASE | re.ASCII)
"""Text that needs no quotes."""


_NAME = r"\s*(?!(?:null|true|false)\s*[],])[A-Za-z_][\w.]*\s*"
_ONE = rf"(?:{_NAME}|\[\s*\]|\[{_NAME}(?:,{_NAME})*\])"

READING = re.compile(rf"reading={_ONE}(?:,{_ONE})*", re.ASCII)
"""One or more readings, or in a sweep several of such. Of anything else Hydra says nothing that helps."""


def quoted(value: Any) -> str:
    """A plain value as it is written on Hydra's command line.

    >>> quoted([1, "a b", None, {"name": "cosine"}])
    "[1,'a b',null,{name:cosine}]"
    """
    if isinstance(value, str):
        # Backslashes stand for themselves except before a quote.
        inner = re.sub(r"(\\*)('|$)", lambda match: 2 * match[1] + (r"\'" if match[2] else ""), value)
        return value if PLAIN.fullmatch(value) else f"'{inner}'"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{quoted(key)}:{quoted(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(map(quoted, value)) + "]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def quote_row(override: str) -> str:
    """Let `experiment=5` and `row=5` name row 5: Hydra takes a bare 5 for a number.

    >>> quote_row("experiment=5"), quote_row("experiment=6a"), quote_row("trials=5")
    ("experiment='5'", 'experiment=6a', 'trials=5')

    Raises:
        InputError: a whole cell is given, whose fields would be mixed with those of the row's cell; or a reading is
            given that is no name.
    """
    if override.startswith("reading=") and not READING.fullmatch(override):
        value = override.partition("=")[2]
        raise InputError(f"reading is {value!r}: it should be a name, or a list such as [linear_output,full_gradient].")
    if override.startswith("network.cell="):
        raise InputError("network.cell cannot be given as a whole: choose network=gru, then network.cell.units=4.")
    named = override.startswith(("experiment=", "row="))
    return re.sub(r"(?<=[=,])(\d+)(?=,|$)", r"'\1'", override) if named else override
