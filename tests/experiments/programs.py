"""Starting the programs as a user does."""

import os
import subprocess
import sys
from pathlib import Path


def command(program: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"experiments.{program}", *arguments]


def run(program: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    return subprocess.run(
        command(program, *arguments), capture_output=True, text=True, env=environment, cwd=cwd, check=False
    )
