"""Trackers that are told in a process of their own; off-line runs of W&B, read back by W&B's own program."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class OfflineRun:
    about: dict[str, Any]
    history: list[dict[str, Any]]
    summary: dict[str, Any]
    directory: Path
    exit_code: int | None
    kinds: set[str]
    """Of records in its file."""

    def points(self) -> list[dict[str, Any]]:
        """What was logged of the curves, without W&B's own fields."""
        plain = [{name: value for name, value in item.items() if name[0] != "_"} for item in self.history]
        return [item for item in plain if "running" in item]

    def table(self, name: str) -> dict[str, Any]:
        [path] = {item[f"{name}.path"] for item in self.history if f"{name}.path" in item}
        return json.loads((self.directory / "files" / path).read_text())


def environment(home: Path, **given: str) -> dict[str, str]:
    """Ours, without anybody's W&B."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("WANDB") and name != "XLA_FLAGS"}
    return own | {"HOME": str(home)} | given


def tell(
    folder: Path, node: dict[str, Any], first: int, last: int, *end: str, **given: str
) -> subprocess.CompletedProcess[str]:
    """Tell the trackers of this node of the runs in a folder, in a process of its own; see `told`."""
    arguments = [str(folder), json.dumps(node), str(first), str(last), *end]
    return subprocess.run(
        [sys.executable, "-m", "tests.trackers.told", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment(folder, **given),
    )


def offline_runs(folder: Path) -> list[OfflineRun]:
    """In the order of their beginnings."""
    return [_read(path) for path in sorted(folder.glob("wandb/offline-run-*/run-*.wandb"))]


def _read(path: Path) -> OfflineRun:
    program = Path(sys.executable).parent / "wandb"
    command = [str(program), "leet", "inspect", str(path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(path.parent))
    records = [json.loads(line) for line in done.stdout.splitlines()]
    [about] = [record["run"] for record in records if record["type"] == "run"]
    summary: dict[str, Any] = {}
    for record in records:
        if record["type"] == "summary":
            summary |= record["summary"].get("update", {})
    ends = [record["exit"].get("exit_code", 0) for record in records if record["type"] == "exit"]
    history = [record["history"]["item"] for record in records if record["type"] == "history"]
    kinds = {record["type"] for record in records}
    return OfflineRun(about, history, summary, path.parent, ends[-1] if ends else None, kinds)
