"""A program that tells W&B of a run that is finished on disk.

told.py DIRECTORY SETTINGS FIRST LAST [end]
"""

import json
import sys
import time
from pathlib import Path

from lstm_jax import trackers
from lstm_jax.results import load
from lstm_jax.trackers import measures

if __name__ == "__main__":
    directory, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
    first, last = int(sys.argv[3]), int(sys.argv[4])
    (run,) = load(directory).runs
    started = time.monotonic()
    tracker = trackers.read({"name": "wandb"} | settings).start(directory.parent)
    tracker.begin(run.name, run.configuration)
    for point in measures.recorded_points(run)[first:last]:
        tracker.point(run.name, point)
    if "end" in sys.argv:
        tracker.end(run.name, directory)
    print(time.monotonic() - started)
    tracker.close()
    assert "jax" not in sys.modules
