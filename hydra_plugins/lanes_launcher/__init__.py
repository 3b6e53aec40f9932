"""Hydra's launcher for multiruns whose jobs are lanes of one program."""
