"""The command `lstm-jax`, also `python -m lstm_jax`: its first word is a program, the rest is for that program."""

import ast
import importlib
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from lstm_jax import __version__, completion
from lstm_jax.errors import unknown
from lstm_jax.places import PROGRAMS

GROUPS = {
    "Train": ("train", "reproduce", "compare", "arena", "readings", "search", "continual", "guess"),
    "Look at what came out": ("results", "dashboard", "figures", "workspace"),
    "Look inside": ("trace", "order", "error_flow", "abuse", "claims", "cost"),
    "Keep and measure": ("record", "report", "benchmark", "launchers"),
}
"""The programs, as the help lists them."""

NAMES = tuple(name for names in GROUPS.values() for name in names)


def main() -> None:
    """Run the program that the first argument names. A name that is none ends with one sentence and exit status 2."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name not in NAMES and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # what only prints ends when | head has seen enough
    if name in ("--help", "-h"):
        print(usage())
    elif name == "--version":
        print(__version__)
    elif name == "completion":
        _complete(arguments)
    elif name not in NAMES:
        sys.exit(_refused(str(unknown(f"{name!r} is no program", name, NAMES, "; lstm-jax --help tells of each"))))
    else:
        sys.argv = [f"lstm-jax {name}", *arguments]
        program = importlib.import_module(f"{PROGRAMS}.{name}")
        # Modules in the working directory can be named, and take the place of none that is installed.
        sys.path.append(str(Path.cwd()))
        program.main()


def usage() -> str:
    """What `lstm-jax --help` prints: every program with the first line of its docstring."""
    lines = [
        "Run, check, teach and extend the 1997 LSTM paper.",
        "",
        "  lstm-jax train experiment=6a         one row of the paper, beside its figures",
        "  lstm-jax train --help                what can be set",
    ]
    for group, names in GROUPS.items():
        lines += ["", f"{group}:", *(f"  {name:<12} {_purpose(name)}" for name in names)]
    return "\n".join([*lines, "", 'Shell completion: eval "$(lstm-jax completion bash)", or zsh, or fish.'])


def _purpose(name: str) -> str:
    """The first line of a program's docstring, read without running it."""
    package = find_spec(PROGRAMS)
    assert package and package.submodule_search_locations
    source = Path(package.submodule_search_locations[0], f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def _complete(arguments: list[str]) -> None:
    shell = arguments[0] if arguments else ""
    if shell not in completion.SCRIPTS:
        sys.exit(_refused(f"completion is for {shell!r}: allowed are {', '.join(completion.SCRIPTS)}."))
    print(completion.SCRIPTS[shell].replace("PROGRAMS", " ".join((*NAMES, "completion"))))


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
