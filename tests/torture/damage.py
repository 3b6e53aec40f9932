"""Damaged files of runs: every reader says so in one sentence, or comes to what it came to before."""

import json
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lstm_jax.errors import InputError
from lstm_jax.results import load
from lstm_jax.results.records import finished
from lstm_jax.results.training import Summary, TrialRecord
from lstm_jax.trials import experiment
from lstm_jax.trials.engine import run
from tests.trials.test_checkpoints import NODE as ANOTHER

NODE: dict[str, Any] = ANOTHER | {"test_sequences": 8, "seed": 0}

RESULTS = ("trials.jsonl", "curves.npz", "configuration.json")
"""Files that are the same whenever a run is made."""


def bits(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """One to three bits turned over."""
    made = bytearray(content)
    for _ in range(draw.randint(1, 3)):
        if made:
            made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
    return bytes(made)


def cut(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """The beginning alone, or nothing."""
    return content[: draw.randrange(len(content) + 1)]


def swapped(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """The file of that name of another run."""
    return other


def longer(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """More than there was: a piece twice, or something else."""
    at = draw.randrange(len(content) + 1)
    return content[:at] + draw.choice([content[:at], b"\0" * 9, b"{}\n", other]) + content[at:]


def edited(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """A number changed by hand, as a word, or a field left out, where it is JSON."""
    digits = [i for i, byte in enumerate(content) if chr(byte).isdigit()]
    if not digits:
        return cut(content, other, draw)
    at = draw.choice(digits)
    return content[:at] + draw.choice([b"7", b'"x"', b"null", b"-", b"1e999", b"[]", b""]) + content[at + 1 :]


DAMAGES: tuple[Callable[[bytes, bytes, random.Random], bytes], ...] = (bits, cut, swapped, longer, edited)


class Campaign:
    """A finished run, one that was interrupted, and copies of both with one file damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.experiment = folder, experiment.read(NODE)
        self.other = experiment.read(NODE | {"seed": 1})
        self.whole = self._made(self.experiment, "whole")
        self.others = self._made(self.other, "others")
        self.begun = self._begun(self.experiment, "begun")
        self.others_begun = self._begun(self.other, "others_begun")
        self.rows = self._read(self.whole.parent)
        self.results = {name: (self.whole / name).read_bytes() for name in RESULTS}

    def _made(self, what: Any, name: str) -> Path:
        directory = self.folder / name / what.name
        directory.mkdir(parents=True)
        list(run(what, directory))
        return directory

    def _begun(self, what: Any, name: str) -> Path:
        directory = self.folder / name / what.name
        directory.mkdir(parents=True)
        steps = run(what, directory, checkpoint_seconds=0)
        next(steps)
        steps.close()
        return directory

    def _read(self, folder: Path) -> str:
        """Everything that tables and pages show of the runs in a folder; what is left out of them, not."""
        runs = load(folder).with_curves()
        return json.dumps([runs.rows(), runs.trials(), runs.points(), runs.groups()], default=str)

    def one(self, draw: random.Random) -> tuple[str, str]:
        """Damage one file of one copy, and give what came of it: "told", "the same" or "faulty", and the fault."""
        ended = draw.random() < 0.6
        source, other = (self.whole, self.others) if ended else (self.begun, self.others_begun)
        files = sorted(path.name for path in source.iterdir() if path.name != ".lock")
        name, damage = draw.choice(files), draw.choice(DAMAGES)
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        directory = folder / source.name
        try:
            shutil.copytree(source, directory)
            content, others = (source / name).read_bytes(), (other / name).read_bytes()
            if draw.random() < 0.05:
                (directory / name).unlink()
            else:
                (directory / name).write_bytes(damage(content, others, draw))
            reader = draw.choice([self.tables, self.train] if ended else [self.shown, self.resumed])
            try:
                return reader(directory)
            except InputError as error:
                one = "\n" not in str(error) and str(error).endswith(".")
                return ("told", "") if one else ("faulty", f"no sentence: {error!r}")
            except Exception as error:  # what is looked for
                place = f"{reader.__name__} of {name} with {damage.__name__}"
                return "faulty", f"{place}: {type(error).__name__}: {str(error).splitlines()[:1]}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def tables(self, directory: Path) -> tuple[str, str]:
        """`results` and what stands on it: all figures as they were, or the run left out with a reason."""
        runs = load(directory.parent).with_curves()
        if runs.left_out:
            return "told", ""
        if not all(each.finished for each in runs.runs):
            return "told", ""  # without a summary it is a run that has not ended
        seen = self._read(directory.parent).replace(str(directory.parent), str(self.whole.parent))
        return ("the same", "") if seen == self.rows else ("faulty", f"other figures: {sorted(directory.iterdir())}")

    def train(self, directory: Path) -> tuple[str, str]:
        """`train` and `reproduce`: the run counts as finished with its own figures, or is refused."""
        found = finished(Summary, directory, TrialRecord)
        own = finished(Summary, self.whole, TrialRecord)
        return ("the same", "") if found in (own, ()) else ("faulty", "another summary counts as finished")

    def shown(self, directory: Path) -> tuple[str, str]:
        """The page of a run that is going: its checkpoint is read or refused."""
        runs = load(directory.parent)
        for each in runs.runs:
            _ = each.checkpoint
        return ("told" if runs.left_out else "the same"), ""

    def resumed(self, directory: Path) -> tuple[str, str]:
        """The same command again: it comes to the same bytes, or refuses the checkpoint."""
        list(run(self.experiment, directory))
        for name, content in self.results.items():
            if (directory / name).read_bytes() != content:
                return "faulty", f"resumed to another {name}"
        return "the same", ""


def campaign(cases: int, seed: int) -> tuple[Counter[str], dict[str, str]]:
    """Damage so many files.

    Returns:
        How many were told, came to the same and were faulty; and each kind of fault with the case's number.
    """
    counts: Counter[str] = Counter()
    faults: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        made = Campaign(Path(folder))
        for case in range(cases):
            outcome, fault = made.one(random.Random(f"{seed}-{case}"))
            counts[outcome] += 1
            if fault:
                faults.setdefault(fault, f"case {case}")
    return counts, faults
