"""Where somebody's code failed is told; what nobody of them has to do with is not."""

import sys

import jax
import numpy as np
import pytest

from lstm_jax.errors import InputError
from lstm_jax.own_code import asked, blamed, failure, shown, using, where


def caught(call) -> Exception:
    """What a call raises, with the frames below this one: the innermost of all is of code that calls us."""
    try:
        call()
    except Exception as error:
        return error
    raise AssertionError("it raised nothing")


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "theirs.py").write_text(
        "def outer(inner):\n    return inner()\n\n\ndef inner():\n    raise KeyError('h')\n\n\n"
        "def quiet():\n    raise ValueError\n\n\nlambda_ = lambda: [][1]\n"
    )
    import theirs  # pyright: ignore[reportMissingImports]

    yield theirs
    del sys.modules["theirs"]


def test_the_innermost_place_in_their_code_is_named(module):
    assert failure(caught(lambda: module.outer(module.inner))) == "inner (theirs.py, line 6) raises KeyError: 'h'"
    assert failure(caught(module.quiet)) == "quiet (theirs.py, line 10) raises ValueError"
    assert failure(caught(module.lambda_)) == "theirs.py, line 13, raises IndexError: list index out of range"


def test_code_of_others_that_theirs_calls_is_told_where_they_call_it(module):
    told = failure(caught(lambda: module.outer(jax.numpy.zeros(3).reshape)))
    assert told.startswith("outer (theirs.py, line 2) raises TypeError: cannot reshape array of shape (3,)")


def test_an_error_without_their_code_is_not_theirs():
    def ours():
        jax.numpy.zeros(3).reshape(2)

    error = caught(ours)
    error.__traceback__ = error.__traceback__.tb_next.tb_next  # pyright: ignore[reportOptionalMemberAccess]
    assert blamed(error) is None and failure(error).startswith("cannot reshape")


def test_what_a_callback_raises_is_found_in_the_words_of_the_error(module):
    def call():
        jax.block_until_ready(jax.jit(lambda: jax.pure_callback(module.inner, jax.ShapeDtypeStruct((), "float32")))())

    error = caught(call)
    error.__traceback__ = None
    assert str(blamed(error)) == "inner (theirs.py, line 6) raises KeyError: 'h'."


def test_a_place_outside_of_the_working_directory_is_a_whole_path(module, monkeypatch, tmp_path_factory):
    file = f"{module.__file__}"
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert where(module.inner) == f"inner ({file}, line 5)"
    assert where(len) == "len" and where(jax.vmap) == "vmap"


def test_what_exits_is_a_sentence_and_an_interruption_is_none():
    with pytest.raises(InputError, match=r"is 'x', which cannot be used: .*SystemExit: 3"), using("name", "x"):
        sys.exit(3)
    with pytest.raises(KeyboardInterrupt), using("name", "x"):
        raise KeyboardInterrupt
    with pytest.raises(InputError, match=r"^as it is\.$"), using("name", "x"):
        raise InputError("as it is.")


def test_trees_that_agree_are_nothing_to_tell():
    tree = {"a": (jax.ShapeDtypeStruct((2,), "int32"), None)}
    asked(min, tree, {"a": (np.zeros(2, np.int32), None)})
    assert shown(tree) == "{'a': (int32[2], None)}"
