"""What is published about weight guessing, as data: means of the number of guesses.

Read in "Evaluating benchmark problems by random guessing" (Schmidhuber, Hochreiter, Bengio, 2001), the sections on the
latch problem and on parity, as they stand at people.idsia.ch/~juergen/guessing2001. Means of the 2-sequence problem and
of Tomita's grammars were published too, but we know them second-hand only, so they are not here.
"""

PUBLISHED = {
    ("latch", "tanh_unit"): 22,
    ("parity", "a1"): 2_906,
    ("parity", "a2"): 2_797,
    ("parity", "a2_no_self"): 250,
    ("noisy_parity", "a1"): 41_400,
}
"""Published means by problem and architecture, named as their files under `configs`."""
