"""Run campaigns: `python -m tests.torture settings --cases 10000 --seed 1`, or damage, or kills."""

import argparse
import importlib
import sys
import time

DEFAULTS = {"settings": 10_000, "damage": 10_000, "kills": 1000}
"""Campaigns with their usual numbers of cases; `kills` has to begin before JAX has started."""


def main() -> int:
    """Run a campaign and print what it found.

    Returns:
        The number of kinds of faults, at most 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("campaign", choices=DEFAULTS)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    import lstm_jax

    lstm_jax.make_fast()
    started = time.monotonic()
    campaign = importlib.import_module(f"tests.torture.{given.campaign}").campaign
    counts, faults = campaign(given.cases or DEFAULTS[given.campaign], given.seed)
    figures = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    print(f"{given.campaign}, seed {given.seed}: {figures}; {time.monotonic() - started:,.0f} s.")
    for fault, case in faults.items():
        print(f"  {fault}\n      {case}")
    return min(1, len(faults))


if __name__ == "__main__":
    sys.exit(main())
