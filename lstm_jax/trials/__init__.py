"""Trials: what one is, how many run as lanes of one program, and how a whole row is run to its records."""
