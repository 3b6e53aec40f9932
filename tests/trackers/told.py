"""A program that tells trackers of runs that are finished on disk, each from a thread of its own.

told.py FOLDER NODE FIRST LAST [end]: points are chosen by number. It prints how long telling took.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lstm_jax import trackers
from lstm_jax.results import Run, load
from lstm_jax.trackers import measures

if __name__ == "__main__":
    folder, node = Path(sys.argv[1]), json.loads(sys.argv[2])
    chosen = slice(int(sys.argv[3]), int(sys.argv[4]))
    runs = load(folder).runs
    started = time.monotonic()
    tracker = trackers.start(trackers.read(node), folder)

    def tell(run: Run) -> None:
        tracker.begin(run.name, run.configuration)
        for point in measures.recorded_points(run)[chosen]:
            tracker.point(run.name, point)
        if "end" in sys.argv:
            tracker.end(run.name, run.directory)

    with ThreadPoolExecutor() as pool:
        list(pool.map(tell, runs))
    print(time.monotonic() - started)
    tracker.close()
    assert "jax" not in sys.modules
