"""The programs that `experiments.benchmark` compares, and the processes that time them.

Sequences are drawn as part of the work, the error is taken at the last step, and every trial changes its own weights
after every sequence of its own. Other libraries train on the adding problem of Experiment 4 (T = 100) alone.
"""
