"""What the README shows works as shown."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_a_task_of_ones_own_is_learned(tmp_path):
    code = README.split("```python\n# copy_task.py\n")[1].split("```")[0]
    (tmp_path / "copy_task.py").write_text(code)
    [shown] = [line for line in README.splitlines() if "copy_task.FirstSymbol" in line]
    command = [sys.executable, *shlex.split(shown)[1:], "trials=2"]
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2/2" in done.stdout
