"""Directories that are locked: more than a process may have files open at first, and what killed ones left there."""

import os
import resource
from contextlib import ExitStack

from lstm_jax.results import files


def test_what_killed_processes_were_writing_goes_and_the_rest_stays(tmp_path):
    kept = [".lock", "trials.jsonl", ".trials.jsonl", "trials.jsonl-12", ".hydra-x"]
    for name in [*kept, ".trials.jsonl-12", f".checkpoint.npz-{os.getpid()}"]:
        (tmp_path / name).write_text("half")
    with files.locked(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_a_process_may_hold_more_locks_than_it_was_allowed_files(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
        files.allow_many()
        with ExitStack() as locks:
            for i in range(300):
                locks.enter_context(files.locked(files.directory(tmp_path / str(i), "folder")))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
