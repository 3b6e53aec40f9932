"""Row 4-1 written by hand in C++, with SIMD over trials: how fast it could be. Compiled where it is used."""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from .training import Contestant

WEIGHTS = 93
"""Of the net of row 4-1: into input gates, output gates, cells and the output unit, unit by unit, biases last."""

Train = Callable[[int, int, np.ndarray, np.ndarray, bool], float]
"""train(first, sequences, keys, weights, cheap): show sequences from number `first` on to all trials, whose `weights`,
`[93, trials]` float32, it changes, and return their mean absolute error. `keys` are those of our engine's trials,
`[2, trials]` uint32; a cheap generator starts from them instead."""


def compiler() -> str | None:
    """The C++ compiler of this machine; None if there is none."""
    return shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


@cache
def compiled() -> Train:
    """Compile adding.cpp for this processor.

    Raises:
        RuntimeError: there is no compiler, or it fails.
    """
    found = compiler()
    if found is None:
        raise RuntimeError("There is no C++ compiler on the PATH.")
    source = Path(__file__).with_name("adding.cpp")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "adding.so"
        options = ["-std=c++17", "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-Wno-psabi"]
        made = subprocess.run([found, *options, str(source), "-o", str(library)], capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(f"{found} cannot compile {source.name}: {made.stderr.strip()}")
        function = ctypes.CDLL(str(library)).train
    numbers = np.ctypeslib.ndpointer(np.uint32, 2, flags="C"), np.ctypeslib.ndpointer(np.float32, 2, flags=("C", "W"))
    function.argtypes = ctypes.c_int, ctypes.c_uint32, ctypes.c_uint32, *numbers, ctypes.c_int
    function.restype = ctypes.c_float

    def train(first: int, sequences: int, keys: np.ndarray, weights: np.ndarray, cheap: bool) -> float:
        error = function(weights.shape[1], first, sequences, keys, weights, cheap)
        if error < 0:
            raise ValueError(f"{weights.shape[1]} trials are no whole vectors.")
        return error

    return train


def by_hand(trials: int, cheap: bool) -> Contestant:
    """So many trials, a multiple of 16, with the generator of our engine or with a cheap one."""
    train, random = compiled(), np.random.default_rng(0)
    keys = random.integers(0, 2**32, (2, trials), dtype=np.uint32)
    weights = random.uniform(-0.1, 0.1, (WEIGHTS, trials)).astype(np.float32)

    def advance(first: int, sequences: int) -> tuple[int, float]:
        return first + sequences, train(first, sequences, keys, weights, cheap)

    return Contestant(0, advance, WEIGHTS)
