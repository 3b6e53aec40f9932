"""`hydra/launcher=slurm`: a multirun in chunks, each a job of a SLURM cluster that runs its part as lanes.

`hydra/launcher=processes` does the same with processes of this machine. Both need hydra-submitit-launcher, the extra
`slurm`; without it there are no such launchers.
"""

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, configure_log, setup_globals
from hydra.errors import HydraException

from hydra_plugins.lanes_launcher.lanes_launcher import LanesLauncher
from lstm_jax import make_fast

HERE = "hydra_plugins.lanes_launcher.chunks"

if importlib.util.find_spec("submitit"):
    from hydra_plugins.hydra_submitit_launcher.config import LocalQueueConf, SlurmQueueConf
    from hydra_plugins.hydra_submitit_launcher.submitit_launcher import BaseSubmititLauncher

    @dataclass
    class SlurmConf(SlurmQueueConf):
        """Settings of the launcher, `hydra.launcher`: those of hydra-submitit-launcher, and how much one job takes."""

        _target_: str = f"{HERE}.SlurmChunks"
        jobs_per_chunk: int = 100

    @dataclass
    class ProcessesConf(LocalQueueConf):
        """As `SlurmConf`."""

        _target_: str = f"{HERE}.LocalChunks"
        jobs_per_chunk: int = 100

    ConfigStore.instance().store("slurm", SlurmConf(), "hydra/launcher", provider="lanes_launcher")
    ConfigStore.instance().store("processes", ProcessesConf(), "hydra/launcher", provider="lanes_launcher")

    class Chunks(BaseSubmititLauncher):
        """Submits chunks of jobs; a chunk is run where it lands, by the lanes launcher."""

        def __init__(self, jobs_per_chunk: int, **params: Any) -> None:
            super().__init__(**params)
            self.jobs_per_chunk = jobs_per_chunk

        def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
            """Submit, wait, and gather; what a chunk that broke off has left is run by the same command."""
            assert self.config is not None
            configure_log(self.config.hydra.hydra_logging, self.config.hydra.verbose)
            size = self.jobs_per_chunk
            if size < 1:
                raise HydraException(f"hydra.launcher.jobs_per_chunk is {size}: it should be at least 1")
            starts = range(0, len(job_overrides), size)
            chunks = [list(map(list, job_overrides[start : start + size])) for start in starts]
            numbers = [initial_job_idx + start for start in starts]
            state = Singleton.get_state()
            try:
                submitted = self._executor().map_array(self, chunks, numbers, [state] * len(chunks))
            except (RuntimeError, OSError) as error:
                raise HydraException(f"The chunks could not be submitted: {_last_line(error)}") from None
            print(f"{len(job_overrides)} jobs in {len(chunks)} chunks: {', '.join(job.job_id for job in submitted)}")
            returns: list[JobReturn] = []
            for job, chunk, number in zip(submitted, chunks, numbers, strict=True):
                returns += self._gather(job, chunk, number)
            return returns

        def __call__(  # pyright: ignore[reportIncompatibleMethodOverride], theirs runs a single job
            self, chunk: list[list[str]], number: int, state: dict[Any, Any]
        ) -> list[JobReturn]:
            """Run a chunk, on the machine it has been sent to."""
            make_fast()  # this machine may be another
            Singleton.set_state(state)
            setup_globals()
            assert self.hydra_context and self.task_function and self.config
            lanes = LanesLauncher()
            lanes.setup(hydra_context=self.hydra_context, task_function=self.task_function, config=self.config)
            return list(lanes.launch(chunk, number))

        def _gather(self, job: Any, chunk: list[list[str]], number: int) -> list[JobReturn]:
            settle = vars(self.task_function).get("settle", lambda outcome: outcome())

            def broke_off() -> None:
                raise HydraException(
                    f"Chunk {job.job_id} (jobs {number} to {number + len(chunk) - 1}) broke off: {reason}; its output "
                    f"is in {job.paths.stderr}, and the same command runs what is left"
                )

            def refused() -> None:
                raise HydraException(f"Chunk {job.job_id}: some jobs have no result; see {job.paths.stderr}")

            try:
                returns = job.results()[0]
            except Exception as error:
                reason = _last_line(error)
                settle(broke_off)
                return [JobReturn(overrides=overrides, status=JobStatus.COMPLETED) for overrides in chunk]
            if any(one.return_value is None for one in returns):
                settle(refused)
            return returns

        def _executor(self) -> Any:
            import submitit

            initial = {"max_num_timeout"}
            params = {name: value for name, value in self.params.items() if name != "submitit_folder"}
            own = {f"{self._EXECUTOR}_{name}": params.pop(name) for name in initial & params.keys()}
            executor = submitit.AutoExecutor(self.params["submitit_folder"], cluster=self._EXECUTOR, **own)
            shared = LocalQueueConf.__dataclass_fields__
            executor.update_parameters(
                **{name if name in shared else f"{self._EXECUTOR}_{name}": value for name, value in params.items()}
            )
            return executor

    class SlurmChunks(Chunks):
        """On a cluster."""

        _EXECUTOR = "slurm"

    class LocalChunks(Chunks):
        """On this machine."""

        _EXECUTOR = "local"

    def _last_line(error: Exception) -> str:
        return (str(error).strip() or type(error).__name__).splitlines()[-1].rstrip(".")

else:
    logging.getLogger(__name__).debug("hydra-submitit-launcher is not installed: there is no launcher for SLURM.")
