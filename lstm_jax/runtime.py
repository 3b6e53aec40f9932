"""XLA's settings, which it reads once, when JAX's first computation starts; the only file that touches the environment.

Importing `lstm_jax` sets nothing but what makes results right (`make_right`), and with most releases of JAX that is
nothing at all. What makes training fast changes other people's loops, too, so that programs ask for it (`make_fast`).
"""

import os
import sys
import warnings
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

FAULTY = {"0.10.2": "--xla_cpu_experimental_ynn_fusion_type"}
"""Releases of jaxlib with silently wrong sums on the CPU, and the setting whose empty value cures each.

0.10.2 fuses a batched matrix-vector product with a following reduction and gets it wrong (jax issue 39103).
"""

FAST = {
    # A while loop whose buffers are smaller than this is compiled into one kernel; above it every operation of every
    # time step is dispatched by itself, which is several times slower at these sizes.
    "xla_cpu_small_while_loop_byte_threshold": str(1 << 26),
    # With 8 or 16 lanes the innermost loop is so short that LLVM unrolls it before it can be vectorised: without this
    # 16 lanes cost more than 32.
    "xla_cpu_disable_loop_unrolling": None,
}

OURS = "LSTM_JAX_XLA_FLAGS"
"""The environment variable that holds our own part of `XLA_FLAGS`, which is always its end."""


def make_right() -> None:
    """Cure the installed jaxlib, if it is one that computes wrong sums (`FAULTY`).

    Warns (`RuntimeWarning`) when JAX has already started: then the cure comes too late.
    """
    cure = FAULTY.get(_jaxlib())
    if cure and cure not in os.environ.get("XLA_FLAGS", "") and not _put({cure: ""}):
        warnings.warn(_wrong("JAX was started before lstm_jax was imported"), RuntimeWarning, stacklevel=3)


@lru_cache
def check_right() -> None:
    """Warn, once (`RuntimeWarning`), when the cure is not in `XLA_FLAGS`: somebody took it out, or it came too late.

    Whatever computes asks for this before it starts: a layer, a run, an endless stream, weight guessing.
    """
    cure = FAULTY.get(_jaxlib())
    if cure and cure not in os.environ.get("XLA_FLAGS", ""):
        cause = "XLA_FLAGS was overwritten after lstm_jax was imported, or JAX had started before"
        warnings.warn(_wrong(cause), RuntimeWarning, stacklevel=3)


def make_fast() -> None:
    """Let this process train fast: compile whole loops into kernels, and make every core a device.

    For processes that train and do little else: all loops are compiled otherwise then, and some of other packages
    become slower, as the gradients of Flax's recurrent layers do. The programs of `experiments` call it; a notebook
    that trains does so before anything is computed. What the user has set in `XLA_FLAGS` is left alone.

    Warns (`RuntimeWarning`) when JAX has already started: then nothing changes, and training is several times slower.
    """
    extra = ",".join(name if value is None else f"{name}={value}" for name, value in FAST.items())
    settings = {
        "--xla_backend_extra_options": extra,
        # One device per core: lanes are sharded over them.
        "--xla_force_host_platform_device_count": str(cores()),
    }
    if _has_avx512():
        settings["--xla_cpu_prefer_vector_width"] = "512"
    if not _put(settings):
        warnings.warn(
            "JAX was started before lstm_jax.make_fast was called, so it changes nothing: training is several times "
            "slower, on one core. Call it first.",
            RuntimeWarning,
            stacklevel=2,
        )


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> int:
    """Bytes of memory that this process may use: the machine's, or as many as its control group is allowed."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    allowed = limit.read_text().strip() if limit.exists() else "max"
    return min(there, int(allowed)) if allowed.isdigit() else there


def given_flags() -> str:
    """What the user has set in `XLA_FLAGS`, without what is ours; bits may depend on it."""
    return os.environ.get("XLA_FLAGS", "").removesuffix(os.environ.get(OURS, "")).strip()


def _put(settings: dict[str, str]) -> bool:
    """Put settings into `XLA_FLAGS` that the user has not made; false if they come too late."""
    present, given = os.environ.get("XLA_FLAGS", ""), given_flags()
    # A process that ours has started inherits our settings, but may be on another machine or have fewer cores.
    inherited = os.environ.get(OURS, "") if present.endswith(os.environ.get(OURS, "")) else ""
    kept = [flag for flag in inherited.split() if flag.partition("=")[0] in FAULTY.values()]
    added = [f"{name}={value}" for name, value in settings.items() if name not in given]
    ours = " ".join(kept + added)
    flags = f"{given} {ours}".strip()
    if flags != present:
        if _jax_has_started():
            return False
        os.environ["XLA_FLAGS"], os.environ[OURS] = flags, ours
    return True


def _jaxlib() -> str:
    return version("jaxlib")


def _wrong(cause: str) -> str:
    return (
        f"{cause}: with jaxlib {_jaxlib()} sums on the CPU may be silently wrong (jax issue 39103). Import lstm_jax "
        f"before JAX starts and keep {FAULTY[_jaxlib()]}= in XLA_FLAGS, or install another release."
    )


def _has_avx512() -> bool:
    processor = Path("/proc/cpuinfo")
    return processor.exists() and "avx512f" in processor.read_text()


def _jax_has_started() -> bool:
    jax = sys.modules.get("jax")
    if jax is None:
        return False
    # Asking JAX anything else would start it; but once it has started, it refuses this setting.
    before = jax.config.jax_num_cpu_devices
    try:
        jax.config.update("jax_num_cpu_devices", before + 1 or 1)
    except RuntimeError:
        return True
    jax.config.update("jax_num_cpu_devices", before)
    return False
