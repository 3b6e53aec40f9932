"""Code of the user's own: where it failed, and what it gave in place of what was asked for, in one sentence."""

import inspect
import re
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError

HERE = Path(__file__).resolve().parent

NOT_THEIRS = (
    *(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    *(HERE, HERE.parent / "experiments", HERE.parent / "hydra_plugins"),
)
"""Folders of code that no user has written: Python's, installed packages, and ours."""

IN_TEXT = re.compile(r'File "([^"]+)", line (\d+), in (\S+)')
"""A place as a printed traceback has it: what fails in a callback reaches us as text."""

LONGEST = 200
"""Number of characters of what somebody's code says or gives that a sentence shows."""


class Unfit(Exception):
    """What somebody's code gives is not what is asked of it; its message is the end of a sentence."""


@contextmanager
def using(field: str, name: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into one sentence about a setting that names code of the user's own.

    >>> with using("task.name", "my_task.Mine"):
    ...     raise Unfit("its inputs should be a positive integer, and are 0")
    Traceback (most recent call last):
        ...
    lstm_jax.errors.InputError: task.name is 'my_task.Mine', which cannot be used: its inputs should be a positive \
integer, and are 0.

    Raises:
        InputError: something did; it says where, if that is in the user's code.
    """
    try:
        yield
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # somebody else's code may fail in any way
        raise InputError(f"{field} is {name!r}, which cannot be used: {failure(error)}.") from None


def blamed(error: BaseException) -> InputError | None:
    """The sentence about an error that somebody's own code raised at any time; None if none had a part in it."""
    return InputError(f"{failure(error)}.") if _theirs(error) else None


def failure(error: BaseException) -> str:
    """Where somebody's code failed and how, as the end of a sentence; without a place if their code was not reached."""
    if isinstance(error, Unfit):
        return str(error)
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}, line {error.lineno}: {error.msg}"
    words = _words(error)
    places = _theirs(error)
    if not places:
        return words or type(error).__name__
    kind = type(error).__name__
    if IN_TEXT.search(str(error)):  # the callback's own error is the last line of its traceback
        kind, _, words = _last_line(error).partition(": ")
    place = _place(*places[-1])
    return f"{place}{'' if place.endswith(')') else ','} raises {kind}{': ' if words else ''}{words}"


def asked(function: Callable[..., Any], should: Any, came: Any, what: str = "") -> None:
    """Hold what a function gives, a tree of shapes, against what it is asked for.

    >>> import jax
    >>> one, other = jax.ShapeDtypeStruct((4,), "float32"), jax.ShapeDtypeStruct((8,), "float32")
    >>> asked(min, (one, one), (one, other), "the carry as it got it, ")
    Traceback (most recent call last):
        ...
    lstm_jax.own_code.Unfit: min should give the carry as it got it, float32[4] at [1], and gives float32[8]

    Raises:
        Unfit: the trees differ, or a shape or a dtype in them.
    """
    import jax

    if jax.tree.structure(should) != jax.tree.structure(came):
        raise Unfit(f"{where(function)} should give {what}{shown(should)}, and gives {shown(came)}")
    leaves, _ = jax.tree.flatten_with_path(should)
    for (path, one), other in zip(leaves, jax.tree.leaves(came), strict=True):
        if (one.shape, one.dtype) != (other.shape, other.dtype):
            at = f" at {jax.tree_util.keystr(path)}" if path else ""
            raise Unfit(f"{where(function)} should give {what}{shown(one)}{at}, and gives {shown(other)}")


def pair(function: Callable[..., Any], came: Any, what: str) -> tuple[Any, Any]:
    """What a function gives, if that is two things.

    Raises:
        Unfit: it is not.
    """
    if not isinstance(came, tuple) or len(came) != 2:
        raise Unfit(f"{where(function)} should give {what}, and gives {shown(came)}")
    return came


def shown(tree: Any) -> str:
    """A tree of shapes as one reads it: `(float32[4], Carry(h=bool[]))`."""
    import jax

    class Leaf:
        def __init__(self, leaf: Any) -> None:
            self.leaf = leaf

        def __repr__(self) -> str:
            if hasattr(self.leaf, "dtype"):
                return f"{self.leaf.dtype}{list(self.leaf.shape)}"
            return repr(self.leaf)

    return _cut(repr(jax.tree.map(Leaf, tree)))


def where(function: Callable[..., Any]) -> str:
    """A function by its name, one of the user's with the file and the line in which it stands."""
    plain = inspect.unwrap(getattr(function, "__func__", function))
    name = getattr(plain, "__name__", type(plain).__name__)
    code = getattr(plain, "__code__", None)
    return _place(code.co_filename, code.co_firstlineno, name) if code and _is_theirs(code.co_filename) else name


def _theirs(error: BaseException) -> list[tuple[str, int, str]]:
    """The places that an error went through in code of the user's, outermost first: file, line, function."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno or 0, frame.name) for frame in frames]
    places += [(file, int(line), name) for file, line, name in IN_TEXT.findall(str(error))]
    return [place for place in places if _is_theirs(place[0])]


def _is_theirs(file: str) -> bool:
    path = Path(file)
    return path.suffix == ".py" and not any(path.resolve().is_relative_to(folder) for folder in NOT_THEIRS)


def _place(file: str, line: int, name: str) -> str:
    at = f"{_short(file)}, line {line}"
    return at if name.startswith("<") else f"{name} ({at})"


def _short(file: str) -> str:
    """A path from the working directory, if it is in there."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _words(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return _cut(re.sub(r"\S+<locals>\.", "", lines[0].rstrip(".:"))) if lines else ""


def _last_line(error: BaseException) -> str:
    """The last line of a traceback that stands in a message, without what JAX writes under it."""
    lines = str(error).partition("Traceback (most recent call last)")[2].splitlines()
    told = [line for line in lines if re.match(r"[\w.]+(: |$)", line)]
    return _cut(told[-1].rstrip(".")) if told else _words(error)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
