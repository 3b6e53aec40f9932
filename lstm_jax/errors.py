"""The one exception that is shown to people instead of a traceback, and what it says of a name that is none."""

import difflib
from collections.abc import Iterable

LISTED = 25
"""Largest number of names that an error lists."""


class InputError(Exception):
    """Something the user gave cannot be used.

    Its message is one sentence that names the field, the value and what is allowed. (Not a ValueError: pydantic would
    wrap that in a message of its own.)
    """


def unknown(
    sentence: str, name: object, known: Iterable[str], more: str = "", lists: str = "lstm-jax train --help"
) -> InputError:
    """The error about a name that is none, with the nearest one and all that are allowed, or of many the nearest.

    >>> print(unknown("task is 'ading'", "ading", ["adding", "parity"], ", or module.Class for your own"))
    task is 'ading' (did you mean adding?): allowed are adding, parity, or module.Class for your own.
    >>> print(unknown("row is 7", 7, map(str, range(60, 90))))
    row is 7: allowed are 30 names, such as 87, 79, 78 (lstm-jax train --help lists all).

    Args:
        sentence: how it begins, before the colon.
        name: what was given.
        known: the names that are allowed.
        more: what else is.
        lists: the command that lists them, for many names.
    """
    known = list(known)
    allowed = ", ".join(known)
    if len(known) > LISTED:
        like = difflib.get_close_matches(str(name), known, n=3, cutoff=0)
        allowed = f"{len(known)} names, such as {', '.join(like)} ({lists} lists all)"
    return InputError(f"{sentence}{nearest(name, known)}: allowed are {allowed}{more}.")


def nearest(name: object, known: Iterable[str], path: str = "") -> str:
    """What stands behind a name that is none: the known one that was meant; empty where none is like it.

    A dotted name is also known by its last part. `path` stands before the names, for the reader alone.

    >>> nearest("block", ["blocks", "units"]), nearest("learning_rate", ["seed", "optimizer.learning_rate"])
    (' (did you mean blocks?)', ' (did you mean optimizer.learning_rate?)')
    >>> nearest("nonsense", ["blocks"])
    ''
    """
    whole = {each.lower(): each for each in known}
    last = {each.rpartition(".")[2]: whole[each] for each in reversed(whole)}
    text = str(name).lower()
    for names in (whole, last):
        if found := difflib.get_close_matches(text, names, n=1, cutoff=0.7):
            return f" (did you mean {path}{names[found[0]]}?)"
    return ""
