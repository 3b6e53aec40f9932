"""Experiment 1: strings are checked by an expression of the grammar and by examples written by hand."""

import re
from collections import Counter
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks import EmbeddedReber, embedded_reber
from lstm_jax.tasks.embedded_reber import Strings, encode, possible
from lstm_jax.types import Sequence
from tests.distributions import FALSE_ALARM, distributed, uniform_over_integers

ALPHABET = "BTPSXVE"

TAIL = "(?:XT*VP)*(?:S|XT*VV)"
"""From the state where X and S are possible."""
GRAMMAR = re.compile(rf"B([TP])B(?:TS*X{TAIL}|PT*V(?:V|P{TAIL}))E\1E")

EDGES = {0: "B1", 1: "T2 P3", 2: "S2 X4", 3: "T3 V5", 4: "X3 S6", 5: "P4 V6", 6: "E7"}
"""Section 5.1: from every state the symbols that may come, and where each leads."""

EXAMPLES = {  # string: what may come after each symbol but the last
    "BTBTXSETE": "TP B TP SX XS E T E",
    "BPBPVVEPE": "TP B TP TV PV E P E",
    "BPBTSSXXVVEPE": "TP B TP SX SX SX XS TV PV E P E",
    "BTBPTTVPXVPSETE": "TP B TP TV TV TV PV XS TV PV XS E T E",
    "BTBPVPXTVVETE": "TP B TP TV PV XS TV TV PV E T E",
}


def texts(strings: Strings, lane: int) -> list[str]:
    """A lane's strings, the training set first."""
    return [
        "".join(ALPHABET[symbol] for symbol in symbols[: length + 1])
        for symbols, length in zip(strings.symbols[..., lane].T, strings.length[:, lane], strict=True)
    ]


@cache
def trials(*numbers: int, seed: int = 0) -> list[list[str]]:
    """The strings of each trial."""
    (strings,) = EmbeddedReber().data(seed, np.array(numbers))
    return [texts(strings, lane) for lane in range(len(numbers))]


@cache
def random_strings() -> list[str]:
    (strings,) = EmbeddedReber(training_strings=5000, test_strings=1, pairs=1).data(0, np.array([0]))
    return texts(strings, 0)[:5000]


def by_hand(strings: list[str], lanes: int) -> Strings:
    """The same strings in every lane."""
    arrays = encode(strings, max(map(len, strings)))
    return Strings(*(np.repeat(array[..., None], lanes, axis=-1) for array in arrays))


def shown(task: EmbeddedReber, strings: Strings, seed: int) -> list[Sequence]:
    """One sequence of every lane, without lanes."""
    lanes = strings.length.shape[-1]
    sequence = jax.jit(task.sample)(jax.random.split(jax.random.key(seed), lanes), strings)
    sequence = jax.tree.map(np.asarray, sequence)
    return [jax.tree.map(lambda leaf, lane=lane: leaf[..., lane], sequence) for lane in range(lanes)]


def text(sequence: Sequence) -> str:
    """The string that a sequence shows, its last symbol from the targets."""
    symbols = [*sequence.inputs[: sequence.length], np.argmax(sequence.targets[sequence.length - 1])]
    return "".join(ALPHABET[symbol] for symbol in symbols)


def test_strings_are_in_the_grammar():
    for string in [*random_strings(), *trials(0)[0], *EXAMPLES]:
        assert GRAMMAR.fullmatch(string), string
    for string in ("BTBTXSEPE", "BTBTXSET", "BTBTXXSETE", "BTTXSETE", "BTBPVVVETE", "BTBTXSETEE"):
        assert not GRAMMAR.fullmatch(string)


def test_the_shortest_strings_have_nine_symbols():
    assert min(map(len, random_strings())) == 9
    counts = Counter(string for string in random_strings() if len(string) == 9)
    assert set(counts) == {"BTBTXSETE", "BTBPVVETE", "BPBTXSEPE", "BPBPVVEPE"}
    # Each of them takes four decisions.
    outcomes = np.array([*counts.values(), 5000 - counts.total()])
    assert distributed(outcomes, np.array([1 / 16] * 4 + [3 / 4])) > FALSE_ALARM


def test_branches_are_equally_probable():
    taken = {state: Counter() for state in EDGES}
    for string in random_strings():
        state = 0
        for symbol in string[2:-2]:
            taken[state][symbol] += 1
            state = int(next(edge[1] for edge in EDGES[state].split() if edge[0] == symbol))
    for state, edges in EDGES.items():
        assert set(taken[state]) == {edge[0] for edge in edges.split()}
        counts = np.array([*taken[state].values()])
        assert len(counts) == 1 or distributed(counts, 0.5) > FALSE_ALARM
    assert uniform_over_integers(np.array(["TP".index(string[1]) for string in random_strings()]), 0, 1) > FALSE_ALARM


@pytest.mark.parametrize("string", EXAMPLES)
def test_possible_symbols_of_examples(string):
    assert [set(symbols) for symbols in possible(string)] == [set(symbols) for symbols in EXAMPLES[string].split()]


def test_possible_symbols_are_those_that_come():
    """What was seen after every beginning that is frequent enough to show it all."""
    following, wanted = {}, {}
    for string in random_strings():
        for t, symbols in enumerate(possible(string)):
            following.setdefault(string[: t + 1], Counter())[string[t + 1]] += 1
            wanted[string[: t + 1]] = set(symbols)
    frequent = [beginning for beginning, counts in following.items() if counts.total() >= 30]
    assert len(frequent) > 100
    for beginning in frequent:
        assert set(following[beginning]) == wanted[beginning], beginning


def test_test_strings_are_not_training_strings():
    for strings in trials(0, 1, 2):
        assert len(strings) == 256 + 256
        assert not set(strings[:256]) & set(strings[256:])


def test_three_trials_share_a_pair_with_the_next_three():
    first, second, third, *others = trials(0, 1, 2, 3, 4, 5, 29)
    assert others == [first, second, third, third]
    assert first != second != third != first


@pytest.mark.slow
def test_other_seeds_have_other_pairs():
    seen = [strings for seed in range(3) for strings in trials(0, 1, 2, seed=seed)]
    assert all(a[:256] != b[:256] and a[256:] != b[256:] for i, a in enumerate(seen) for b in seen[:i])


def test_a_trials_strings_do_not_depend_on_the_others():
    together = trials(0, 1, 2, 3, 4)
    assert [trials(number)[0] for number in range(5)] == together
    assert trials(4, 0) == [together[4], together[0]]


def test_a_string_is_shown_up_to_its_last_symbol():
    string = "BTBPTTVPXVPSETE"
    longer = string.replace("TT", "TTTTT")
    task = EmbeddedReber(training_strings=1, test_strings=1)
    (sequence,) = shown(task, by_hand([string, longer], lanes=1), seed=0)
    symbols = [ALPHABET.index(symbol) for symbol in string]
    steps = len(string) - 1
    assert sequence.length == steps
    assert sequence.target_mask is not None and sequence.expected is not None
    np.testing.assert_array_equal(sequence.target_mask, [True] * steps + [False] * 3)
    np.testing.assert_array_equal(sequence.inputs[:steps], symbols[:-1])
    np.testing.assert_array_equal(sequence.targets[:steps], np.eye(7)[symbols[1:]])
    wanted = [[(symbol in symbols) / len(symbols) for symbol in ALPHABET] for symbols in EXAMPLES[string].split()]
    np.testing.assert_array_equal(sequence.expected[:steps], wanted)


def test_every_training_string_is_equally_probable_in_every_lane():
    *training, test = EXAMPLES
    task = EmbeddedReber(training_strings=4, test_strings=1)
    sequences = shown(task, by_hand([*training, test], lanes=4000), seed=0)
    which = np.array([training.index(text(sequence)) for sequence in sequences])
    # Two neighbours at a time: lanes choose on their own.
    assert uniform_over_integers(4 * which[::2] + which[1::2], 0, 15) > FALSE_ALARM


@pytest.mark.slow
def test_a_lane_shows_its_own_training_strings():
    task = EmbeddedReber()
    (strings,) = task.data(0, np.tile([2, 0, 1], 20))
    for sequence, known in zip(shown(task, strings, seed=0), 20 * trials(2, 0, 1), strict=True):
        assert text(sequence) in known[:256]


def test_the_examination_shows_all_strings():
    task = EmbeddedReber()
    (strings,) = task.data(0, np.array([1, 2]))
    sequences = jax.tree.map(np.asarray, task.examination(strings))
    assert sequences.length.shape == (512, 2)
    np.testing.assert_array_equal(sequences.target_mask.sum(axis=0), sequences.length)
    for lane, known in enumerate(trials(1, 2)):
        several = [jax.tree.map(lambda leaf, i=(..., i, lane): leaf[i], sequences) for i in range(512)]
        assert [text(sequence) for sequence in several] == known
        for sequence, string in zip(several, known, strict=True):
            found = [{ALPHABET[i] for i in np.flatnonzero(step)} for step in sequence.expected[: sequence.length]]
            assert found == [set(symbols) for symbols in possible(string)]


@pytest.mark.parametrize(
    ("first", "second", "third", "right"),
    [  # outputs for B, T, P; possible are T and P, then B; the third step is not judged
        ((0.2, 0.9, 0.3), (0.5, 0.4, 0.4), (0.5, 0.5, 0.5), True),
        ((0.2, 0.3, 0.9), (0.5, 0.4, 0.4), (0.0, 0.9, 0.9), True),
        ((-3.0, -2.0, -1.0), (-1.0, -2.0, -3.0), (0.0, 0.0, 0.0), True),
        ((0.3, 0.9, 0.3), (0.5, 0.4, 0.4), (0.5, 0.4, 0.4), False),
        ((0.4, 0.9, 0.3), (0.5, 0.4, 0.4), (0.5, 0.4, 0.4), False),
        ((0.2, 0.9, 0.3), (0.4, 0.4, 0.3), (0.5, 0.4, 0.4), False),
        ((0.2, 0.9, 0.3), (0.3, 0.1, 0.4), (0.5, 0.4, 0.4), False),
        ((0.2, 0.9, np.nan), (0.5, 0.4, 0.4), (0.5, 0.4, 0.4), False),
        ((np.nan, 0.9, 0.8), (0.5, 0.4, 0.4), (0.5, 0.4, 0.4), False),
        ((0.2, 0.9, 0.3), (0.5, 0.4, 0.4), (np.nan, np.nan, np.nan), True),
    ],
)
def test_a_string_is_right_when_the_possible_symbols_are_the_most_active(first, second, third, right):
    outputs = np.full((3, 7), -5.0, np.float32)
    outputs[:, :3] = first, second, third
    expected = np.zeros((3, 7), np.float32)
    expected[0, 1:3], expected[1, 0] = 0.5, 1
    # P came, which is not asked.
    targets = np.eye(7, dtype=np.float32)[[2, 0, 0]]
    shown = np.array([True, True, False])
    sequence = Sequence(*map(jnp.asarray, (np.zeros(3, np.int32), targets, np.int32(2), shown, expected)))
    correct = EmbeddedReber().correct(jnp.asarray(outputs), sequence)
    assert correct.shape == ()
    assert bool(correct) == right


def test_every_output_takes_part():
    """Only the first symbol is possible; in every lane but the first another one is as active."""
    outputs = np.eye(7, dtype=np.float32)[None]
    outputs[0, 0] = 1
    expected = np.zeros((1, 7, 7), np.float32)
    expected[0, 0] = 1
    steps = np.ones((1, 7), np.int32)
    sequence = Sequence(*map(jnp.asarray, (steps, expected, steps[0], steps == 1, expected)))
    np.testing.assert_array_equal(EmbeddedReber().correct(jnp.asarray(outputs), sequence), [True] + [False] * 6)


def test_too_small_a_language_is_refused(monkeypatch):
    # Two strings, BTBTTE and BPBTPE, both in every training set of this size.
    monkeypatch.setattr(embedded_reber, "GRAMMAR", {0: {"B": 1}, 1: {"T": embedded_reber.END}})
    with pytest.raises(InputError, match=r"test_strings is 3: 0 strings were found .* the 100 training strings"):
        EmbeddedReber(training_strings=100, test_strings=3).data(0, np.array([0]))


@pytest.mark.parametrize("wrong", [{"training_strings": 0}, {"test_strings": 0}, {"pairs": 0}, {"pairs": 1.5}])
def test_bad_settings_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(InputError, match=f"task.{name} is {wrong[name]}: it should be"):
        build(EmbeddedReber, wrong, "task")


@pytest.mark.slow
def test_targets_may_be_all_that_may_come():
    for string, sets in EXAMPLES.items():
        [sequence] = shown(EmbeddedReber(1, 1, 1, targets="possible"), by_hand([string, string], 1), seed=0)
        for target, symbols in zip(sequence.targets, sets.split(), strict=True):
            assert {ALPHABET[i] for i in np.flatnonzero(target)} == set(symbols) and set(target) <= {0.0, 1.0}
