"""The list of options is what the classes say, and is not believed when they have changed."""

import json
import subprocess
import sys

import pytest

from lstm_jax import option_list, options


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The list in another file, which a test may spoil."""
    copy = tmp_path / "options.json"
    copy.write_bytes(option_list.FILE.read_bytes())
    monkeypatch.setattr(option_list, "FILE", copy)
    option_list._listed.cache_clear()
    yield copy
    option_list._listed.cache_clear()


def test_the_file_is_what_the_classes_say():
    kept = json.loads(option_list.FILE.read_text())
    assert kept == json.loads(json.dumps(option_list.made())), "python -m lstm_jax.option_list makes it anew"


def test_listed_options_are_the_classes_own():
    assert option_list.groups() == list(options.GROUPS)
    for group in options.GROUPS:
        assert option_list.names(group) == options.names(group)
        for name in options.names(group):
            assert option_list.option(group, name) == options.option(group, name)
    assert option_list.settings() == options.settings()


def test_what_is_the_users_own_is_asked_of_its_class():
    own = "tests.tasks.own.Negative"
    assert option_list.option("task", own) == options.option("task", own)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"hash": "x", "groups": {}}'], ids=repr)
def test_a_list_of_other_files_or_a_damaged_one_is_not_believed(content, elsewhere):
    elsewhere.write_text(content)
    assert option_list.groups() == list(options.GROUPS)
    assert option_list.option("network", "gru") == options.option("network", "gru")


def test_a_change_of_any_source_is_seen(tmp_path, monkeypatch):
    for source in option_list.SOURCES:
        assert (option_list._PACKAGE / source).exists(), source
    package = tmp_path / "package"
    for source in option_list.SOURCES:
        path = package / source if source.endswith(".py") else package / source / "part.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    monkeypatch.setattr(option_list, "_PACKAGE", package)
    before = option_list._hash()
    for path in package.rglob("*.py"):
        path.write_bytes(b"x = 1\r\n")
    assert option_list._hash() == before
    for path in package.rglob("*.py"):
        path.write_text("x = 2\n")
        assert option_list._hash() != before, path
        path.write_text("x = 1\n")


@pytest.mark.slow
def test_nothing_that_only_answers_imports_jax():
    """Help, a composed configuration, completion and a misspelt setting."""
    for arguments in (["--help"], ["--cfg", "job"], ["experiment=4-1", "network=gru", "--cfg", "job"], ["trails=3"]):
        code = (
            f"import sys; sys.argv = ['lstm-jax', 'train', *{arguments}]\n"
            "from lstm_jax.__main__ import main\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "print('jax' in sys.modules, 'pydantic' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "False False", arguments
