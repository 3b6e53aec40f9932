"""A sweep holds more files open than most systems allow at first."""

import resource
from contextlib import ExitStack

from lstm_jax.results import files


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
