"""Damaged files of runs, and those of older versions: every reader says so in one sentence, or comes to the same."""

import json
import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from experiments.dashboard import Settings, write
from lstm_jax.composition import composing
from lstm_jax.errors import InputError
from lstm_jax.results import load
from lstm_jax.results.files import read_arrays, write_arrays
from lstm_jax.results.intact import named
from lstm_jax.results.records import ADDED, RENAMED, finished
from lstm_jax.results.run import Run
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


def _without(node: Any, draw: random.Random) -> Any:
    """Plain values without one of their fields, at any depth."""
    if isinstance(node, dict) and node:
        name = draw.choice(sorted(node))
        inner = node[name]
        if isinstance(inner, dict | list) and inner and draw.random() < 0.6:
            return node | {name: _without(inner, draw)}
        return {other: value for other, value in node.items() if other != name}
    if isinstance(node, list) and node:
        at = draw.randrange(len(node))
        return [*node[:at], _without(node[at], draw), *node[at + 1 :]]
    return node


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    """Plain values with the names that older versions gave to their fields."""
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if isinstance(node, dict):
        return {names.get(name, name): _renamed(item, names) for name, item in node.items()}
    return node


def _measures_beside(record: Any) -> Any:
    """A trial as old versions wrote it: what was tested at a stage beside the presentations, and no short names."""
    stages = [
        {"stage": stage["stage"], "presentations": stage["presentations"], **(stage["tested"] or {})}
        for stage in record["stages"]
    ]
    return record | {"stages": stages}


def _figures(run: Run, nameless: bool) -> tuple[Any, ...]:
    """The summary and the records of a run, perhaps with the sentences of stages in place of their short names."""
    if not nameless:
        return run.summary, run.records
    summary = tuple(replace(stage, short=stage.stage) for stage in run.summary)
    records = tuple(
        replace(record, stages=tuple(replace(stage, short=stage.stage) for stage in record.stages))
        for record in run.records
    )
    return summary, records


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
        self.rows, self.page = self._read(self.whole.parent), self._page(self.whole.parent)
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

    def _page(self, folder: Path) -> dict[str, Any]:
        """What the page in a folder shows."""
        with composing():
            path, _ = write(Settings(str(folder), (), None, False, 1))
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.DOTALL)
        assert found
        return {name: value for name, value in json.loads(found[1]).items() if name not in ("made", "folder")}

    def one(self, draw: random.Random) -> tuple[str, str]:
        """Damage one copy, and give what came of it: "told", "the same" or "faulty", and the fault.

        One file is damaged, or in one of five cases all are those of an older version.
        """
        ended = draw.random() < 0.6
        source, other = (self.whole, self.others) if ended else (self.begun, self.others_begun)
        files = sorted(path.name for path in source.iterdir() if path.name != ".lock")
        name, damage = draw.choice(files), draw.choice(DAMAGES)
        older = draw.random() < 0.2
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        directory = folder / source.name
        try:
            shutil.copytree(source, directory)
            content, others = (source / name).read_bytes(), (other / name).read_bytes()
            if older:
                name, damage = "all files", self.older
                directory = self.older(directory, draw) if ended else self.older_checkpoint(directory, draw)
            elif draw.random() < 0.05:
                (directory / name).unlink()
            else:
                (directory / name).write_bytes(damage(content, others, draw))
            readers = [self.tables, self.train, self.shown_page] if ended else [self.shown, self.resumed, self.drawn]
            reader = draw.choice([self.figures, self.drawn] if older and ended else readers)
            try:
                return reader(directory)
            except InputError as error:
                one = "\n" not in str(error) and str(error).endswith(".")
                return ("told", "") if one else ("faulty", f"no sentence: {error!r}")
            except Exception as error:  # what is looked for
                place = f"{reader.__name__} of {name}, {damage.__name__}"
                return "faulty", f"{place}: {type(error).__name__}: {str(error).splitlines()[:1]}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def older(self, directory: Path, draw: random.Random) -> Path:
        """Files of a finished run as older versions wrote them, perhaps without some setting; gives where they are."""
        (directory / "SHA256SUMS").unlink()
        (directory / "weights.safetensors").unlink()
        sometimes = partial(draw.choice, (True, False))

        def change(name: str, how: Callable[[Any], Any]) -> None:
            lines = (directory / name).read_text()
            whole = name != "trials.jsonl"
            made = [json.dumps(how(json.loads(text))) for text in ([lines] if whole else lines.splitlines())]
            (directory / name).write_text("\n".join(made) + "\n")

        change("provenance.json", lambda node: {key: value for key, value in node.items() if key != "checksums"})
        if sometimes():
            change("trials.jsonl", _measures_beside)
        for name, kind in (("summary.json", Summary), ("trials.jsonl", TrialRecord)):
            names = {today: old for old, today in RENAMED[kind].items() if sometimes()}
            change(name, partial(_renamed, names=names))
        added = {name: value for name, value in ADDED[Summary].items() if sometimes()}
        change(
            "summary.json",
            lambda node: [{k: v for k, v in stage.items() if k not in added or v != added[k]} for stage in node],
        )
        if sometimes():
            arrays = read_arrays(directory / "curves.npz")
            write_arrays(directory / "curves.npz", {{"wrong_rate": "wrong"}.get(k, k): v for k, v in arrays.items()})
        if sometimes():
            made = json.dumps(
                _without(json.loads((directory / "configuration.json").read_text()), draw), sort_keys=True
            )
            (directory / "configuration.json").write_text(made + "\n")
            directory = directory.rename(directory.parent / named(self.experiment.label, made))
        return directory

    def older_checkpoint(self, directory: Path, draw: random.Random) -> Path:
        """A checkpoint without weights of trials that have ended, or without any one of its arrays."""
        arrays = read_arrays(directory / "checkpoint.npz")
        gone = [name for name in arrays if name.startswith("weights")]
        if draw.random() < 0.5:
            gone = [draw.choice(sorted(arrays))]
        kept = {name: array for name, array in arrays.items() if name not in gone}
        write_arrays(directory / "checkpoint.npz", kept)
        return directory

    def figures(self, directory: Path) -> tuple[str, str]:
        """The summary and the records of an older run are what they were, or it is left out with a reason."""
        found, own = load(directory.parent), load(self.whole.parent).runs[0]
        if found.left_out:
            return "told", ""
        (run,) = found.runs
        # Without the criterion the short names of stages are lost, where records have none: sentences stand for them.
        nameless = run.configuration.get("criterion") != own.configuration["criterion"]
        same = _figures(run, nameless) == _figures(own, nameless)
        return ("the same", "") if same else ("faulty", "an older run has other figures")

    def drawn(self, directory: Path) -> tuple[str, str]:
        """The page of anything is drawn."""
        return ("told" if self._page(directory.parent)["left_out"] else "the same"), ""

    def shown_page(self, directory: Path) -> tuple[str, str]:
        """The page shows what it showed, or says what is missing."""
        found = self._page(directory.parent)
        if found["left_out"] or not all(run["finished"] and not run["no_course"] for run in found["runs"]):
            return "told", ""
        seen = json.loads(json.dumps(found).replace(str(directory.parent), str(self.whole.parent)))
        return ("the same", "") if seen == self.page else ("faulty", "a page of other figures")

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
