"""`lstm-jax`: every program by its name, help, completion in real shells, and names that are wrong."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lstm_jax
from lstm_jax.__main__ import NAMES
from lstm_jax.completion import SCRIPTS

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def command(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / "lstm-jax", *arguments], capture_output=True, text=True, check=False, **more)


def test_every_program_is_listed_with_a_line():
    programs = {path.stem for path in (ROOT / "experiments").glob("*.py") if "@application(" in path.read_text()}
    assert programs == set(NAMES) and len(NAMES) == len(set(NAMES))
    shown = command("--help")
    assert shown.returncode == 0 and command().stdout == shown.stdout
    for name in NAMES:
        assert re.search(rf"^  {name} +[A-Z][^\n]*\.$", shown.stdout, re.MULTILINE), name
    assert max(map(len, shown.stdout.splitlines())) <= 88


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "train")) for name in NAMES])
def test_every_program_tells_what_it_does(name):
    done = command(name, "--help")
    assert done.returncode == 0, done.stderr
    assert f"lstm-jax {name}" in done.stdout and "Settings:" in done.stdout


def test_the_version_is_that_of_the_package():
    assert command("--version").stdout.strip() == lstm_jax.__version__


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["trian"], ["'trian'", "train", "reproduce", "--help"]),
        (["completion"], ["completion", "bash", "zsh", "fish"]),
        (["completion", "csh"], ["'csh'", "bash"]),
        (["train", "hydra.searchpath=[nowhere]"], ["hydra.searchpath", "'nowhere'"]),
        (["train", "--config-dir", "nowhere"], ["nowhere"]),
        (["train", "6a"], ["'6a'", "name=value", "experiment=6a"]),
        (["train", "trails=3"], ["trails is not a setting", "--help"]),
        (["train", "network.cell.blockz=3"], ["network.cell.blockz is not a setting", "--help"]),
    ],
)
def test_a_name_that_is_none_gets_one_sentence(arguments, parts, tmp_path):
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(part in done.stderr for part in parts), done.stderr
    assert not list(tmp_path.iterdir())


COMPLETIONS = [
    ("lstm-jax tra", {"train", "trace"}),
    ("lstm-jax train experiment=3c", {"3c-1", "3c-2"}),
    ("lstm-jax train trials=3 network=stack", {"stacked"}),
    ("lstm-jax train network.cell.block", {"network.cell.blocks=", "network.cell.block_size="}),
]

BASH = """
{script}
COMP_LINE={line!r} COMP_POINT={length} COMP_CWORD=1
_lstm_jax
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

ZSH = """
autoload -Uz compinit && compinit -u -d {dump!r}
{script}
compadd() {{ [[ $1 = -S ]] && shift 3; print -rl -- ${{(M)@:#$PREFIX*}}; }}
words=({words} '') CURRENT={number} PREFIX={prefix!r}
words[CURRENT]=$PREFIX
_lstm_jax
"""


def completed(shell: str, line: str, folder: Path) -> set[str]:
    *words, prefix = line.split(" ")
    if shell == "bash":
        code = BASH.format(script=command("completion", "bash").stdout, line=line, length=len(line))
    elif shell == "zsh":
        code = ZSH.format(
            script=command("completion", "zsh").stdout,
            dump=str(folder / "dump"),
            words=" ".join(words),
            number=len(words) + 1,
            prefix=prefix,
        )
    else:
        code = command("completion", "fish").stdout + f"\ncomplete -C {line!r}\n"
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run([shell, "-c", code], capture_output=True, text=True, env=environment, cwd=folder, check=False)
    return {
        found.split("\t")[0].strip().rpartition("=")[2] or found.strip() for found in done.stdout.split("\n") if found
    }


SHELLS = [
    pytest.param(
        name,
        marks=[
            *([pytest.mark.slow] if name != "bash" else []),
            pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed"),
        ],
    )
    for name in SCRIPTS
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("line", "wanted"), COMPLETIONS)
def test_shells_complete_programs_and_settings(shell, line, wanted, tmp_path):
    assert completed(shell, line, tmp_path) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "parts"),
    [
        ("broken", "row: [1\n", ["broken.yaml", "line"]),
        ("twice", "row: a\nrow: b\n", ["twice.yaml", "duplicate key row"]),
        ("tab", "row:\n\t- a\n", ["tab.yaml", "line 2"]),
        ("circle", "defaults: [circle, _self_]\n", ["its own defaults"]),
    ],
)
def test_a_damaged_file_of_ones_own_gets_one_sentence(name, content, parts, tmp_path):
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    (tmp_path / "mine" / "experiment" / f"{name}.yaml").write_text(content)
    done = command("train", f"experiment={name}", "--config-dir", "mine", "trials=1", cwd=tmp_path)
    assert done.returncode == 2 and not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(part in done.stderr for part in parts), done.stderr


def test_a_page_of_a_folder_may_be_asked_for_beside_options(tmp_path):
    (tmp_path / "mine").mkdir()
    done = command("dashboard", "nowhere", "--config-dir", "mine", cwd=tmp_path)
    assert (done.returncode == 2 and "'nowhere'" in done.stderr) or "nowhere" in done.stderr.splitlines()[-1]


def test_a_reader_who_has_seen_enough_ends_it_without_a_word(tmp_path):
    shown = subprocess.Popen([BIN / "lstm-jax", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert shown.stdout and shown.stderr
    shown.stdout.close()
    assert shown.stderr.read() == b""
    shown.stderr.close()
    shown.wait()
