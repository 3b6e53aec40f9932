"""Faults looked for by machine: settings, damaged records and kills, as many as one has time for.

python -m tests.torture settings --cases 10000 --seed 1

scripts/torture does all three. A campaign gives a line for every kind of fault that it finds, with the seed of a case.
"""
