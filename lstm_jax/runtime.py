"""The XLA settings everything runs under; the only file that touches the environment.

`configure` runs when `lstm_jax` is imported, because two of the settings decide about right and wrong or fast and
slow, and XLA reads them once, when its first computation starts.
"""

import os
import sys
import warnings
from pathlib import Path

CORRECT = {
    # jaxlib 0.10.2 fuses a batched matrix-vector product with a following reduction and gets it wrong on the CPU
    # (jax issue 39103). An empty list of fusion types turns that fusion off.
    "--xla_cpu_experimental_ynn_fusion_type": "",
}

FAST = {
    # A while loop whose buffers are smaller than this is compiled into one kernel; above it every operation of every
    # time step is dispatched by itself, which is several times slower at these sizes.
    "xla_cpu_small_while_loop_byte_threshold": str(1 << 26),
    # With 8 or 16 lanes the innermost loop is so short that LLVM unrolls it before it can be vectorised: without this
    # 16 lanes cost more than 32.
    "xla_cpu_disable_loop_unrolling": None,
}

OURS = "LSTM_JAX_XLA_FLAGS"
"""What of `XLA_FLAGS` is ours and not the user's; always its end."""


def configure() -> None:
    """Put our XLA settings into `XLA_FLAGS`, leaving alone whatever the user has set there.

    Warns (`RuntimeWarning`) when JAX has already started: then the settings cannot take effect any more, results on
    the CPU may be wrong (jax issue 39103) and training is several times slower.
    """
    present = os.environ.get("XLA_FLAGS", "")
    # A process that ours has started inherits our settings, but may be on another machine or have fewer cores.
    given = present.removesuffix(os.environ.get(OURS, "")).strip()
    ours = " ".join(f"{name}={value}" for name, value in _settings().items() if name not in given)
    flags = f"{given} {ours}".strip()
    if flags == present:
        return
    if _jax_has_started():
        warnings.warn(
            "JAX was started before lstm_jax was imported, so the XLA settings of lstm_jax have no effect: "
            "results on the CPU may be wrong (jax issue 39103) and slow. Import lstm_jax first.",
            RuntimeWarning,
            stacklevel=3,
        )
        return
    os.environ["XLA_FLAGS"], os.environ[OURS] = flags, ours


def _settings() -> dict[str, str]:
    extra = ",".join(name if value is None else f"{name}={value}" for name, value in FAST.items())
    settings = CORRECT | {
        "--xla_backend_extra_options": extra,
        # One device per core: lanes are sharded over them.
        "--xla_force_host_platform_device_count": str(cores()),
    }
    if _has_avx512():
        settings["--xla_cpu_prefer_vector_width"] = "512"
    return settings


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _has_avx512() -> bool:
    processor = Path("/proc/cpuinfo")
    return processor.exists() and "avx512f" in processor.read_text()


def _jax_has_started() -> bool:
    bridge = sys.modules.get("jax._src.xla_bridge")
    return bridge is not None and bridge.backends_are_initialized()
