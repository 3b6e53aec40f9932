"""The XLA settings: they cure a known wrong result, respect the user's own, and say when they come too late."""

import os
import subprocess
import sys

# jax issue 39103 (jaxlib 0.10.2): a mapped matrix-vector product followed by a reduction, long enough that rows are
# split over threads with a remainder. Row i is (i, 0, 0), the matrix is the identity, so the answer is i squared.
KNOWN_WRONG = """
import jax, jax.numpy as jnp
i = jnp.arange(32_769, dtype=jnp.float32)
rows = jnp.stack((i, jnp.zeros_like(i), jnp.zeros_like(i)), axis=1)
squares = jax.jit(jax.vmap(lambda row: jnp.sum((jnp.eye(3) @ row) ** 2)))(rows)
print(float(squares[-1]))
"""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if "XLA_FLAGS" not in name}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=inherited | environment, capture_output=True, text=True, check=True)


def test_known_wrong_result_is_right_under_our_runtime():
    assert float(python("import lstm_jax" + KNOWN_WRONG).stdout) == 32_768.0**2


def test_known_wrong_result_is_still_wrong_without_it():
    # When this fails jaxlib has been mended: the setting and both tests can go.
    assert float(python(KNOWN_WRONG).stdout) != 32_768.0**2


def test_user_is_told_when_jax_has_started_before():
    late = python("import jax; jax.devices(); import lstm_jax")
    assert "Import lstm_jax first" in late.stderr
    assert "Import lstm_jax first" not in python("import jax; import lstm_jax; jax.devices()").stderr


def test_a_process_that_ours_starts_makes_its_own_settings():
    """As a job on another machine, which has fewer cores."""
    one_core = "import os; os.sched_setaffinity(0, {max(os.sched_getaffinity(0))}); import lstm_jax"
    shown = f"{one_core}; print(os.environ['XLA_FLAGS'])"
    code = f"import lstm_jax, subprocess, sys; subprocess.run([sys.executable, '-c', {shown!r}], check=True)"
    users = "--xla_cpu_enable_fast_math=false"
    flags = python(code, XLA_FLAGS=users).stdout
    assert flags == python(shown, XLA_FLAGS=users).stdout
    assert flags.startswith(users) and "--xla_force_host_platform_device_count=1" in flags.split()


def test_flags_of_the_user_are_kept():
    code = "import lstm_jax, os; print(os.environ['XLA_FLAGS'])"
    flags = python(code, XLA_FLAGS="--xla_force_host_platform_device_count=1").stdout.split()
    assert [flag for flag in flags if "device_count" in flag] == ["--xla_force_host_platform_device_count=1"]
    assert "--xla_cpu_experimental_ynn_fusion_type=" in flags
