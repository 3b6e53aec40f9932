"""Many experiments at once: which of them share a program, progress bars, trackers, and what came of each."""

from lstm_jax.jobs.job import OUTPUT, Job, Output, read_job
from lstm_jax.jobs.running import Result, outcomes, run_jobs

__all__ = ["OUTPUT", "Job", "Output", "Result", "outcomes", "read_job", "run_jobs"]
