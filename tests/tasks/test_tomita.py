"""Tomita's grammars: strings are judged by regular expressions; faults and coins are where they should be."""

import re
from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.tasks import Tomita
from tests.distributions import FALSE_ALARM, distributed, uniform_over_integers
from tests.tasks.samples import many

LEGAL = {1: re.compile("1*"), 2: re.compile("(10)*"), 4: re.compile("(?!.*000).*")}
CASES = [(grammar, illegal) for grammar in LEGAL for illegal in ("random", "fault")]
SEQUENCES = 5000


@cache
def sample(grammar, illegal) -> tuple[list[str], np.ndarray]:
    """Strings, and whether their target says that they are legal."""
    sequences = many(Tomita(20, 30, grammar=grammar, illegal=illegal), seed=0, sequences=SEQUENCES)
    assert set(np.unique(sequences.inputs)) == {-1, 1}
    lines = zip(sequences.inputs[:, :, 0], sequences.length, strict=True)
    strings = ["".join("1" if x > 0 else "0" for x in line[:length]) for line, length in lines]
    return strings, np.asarray(sequences.targets[:, 0] == 1)


@pytest.mark.slow
@pytest.mark.parametrize(("grammar", "illegal"), CASES)
def test_targets_say_what_the_grammar_says(grammar, illegal):
    strings, legal = sample(grammar, illegal)
    assert [LEGAL[grammar].fullmatch(string) is not None for string in strings] == legal.tolist()
    assert uniform_over_integers(legal.astype(int), 0, 1) > FALSE_ALARM


@pytest.mark.slow
@pytest.mark.parametrize("grammar", LEGAL)
def test_every_short_string_is_judged_as_the_expression_does(grammar):
    for length in (4, 5, 7):
        numbers = np.arange(2**length)
        ones = (numbers >> np.arange(length)[:, None]) % 2 == 1
        accepted = Tomita(grammar=grammar).accepts(jnp.asarray(ones), jnp.full(len(numbers), length))
        strings = ("".join("01"[int(one)] for one in column) for column in ones.T)
        assert np.asarray(accepted).tolist() == [LEGAL[grammar].fullmatch(string) is not None for string in strings]


@pytest.mark.slow
@pytest.mark.parametrize(("grammar", "illegal"), CASES)
def test_lengths_are_uniform(grammar, illegal):
    strings, legal = sample(grammar, illegal)
    lengths = np.array([len(string) for string in strings])
    for chosen in (legal, ~legal):
        counts = np.bincount(lengths[chosen] - 20, minlength=11)
        if grammar == 2 and (illegal == "fault" or chosen is legal):
            # Odd lengths become the even one below.
            assert not counts[1::2].any()
            assert distributed(counts[::2], np.array([2, 2, 2, 2, 2, 1]) / 11) > FALSE_ALARM
        else:
            assert distributed(counts, 1 / 11) > FALSE_ALARM


@pytest.mark.parametrize("grammar", [1, 2])
def test_a_faulty_string_has_one_wrong_symbol_anywhere(grammar):
    strings, legal = sample(grammar, "fault")
    places = []
    for string in (string for string, right in zip(strings, legal, strict=True) if not right):
        wanted = "1" * 30 if grammar == 1 else "10" * 15
        [place] = [i for i, symbol in enumerate(string) if symbol != wanted[i]]
        places.append(place)
    among_the_first = np.array([place for place in places if place < 20])
    assert uniform_over_integers(among_the_first, 0, 19) > FALSE_ALARM


def test_a_faulty_string_of_grammar_4_has_one_run_of_zeros_that_is_too_long():
    strings, legal = sample(4, "fault")
    first = []
    for string in (string for string, right in zip(strings, legal, strict=True) if not right):
        runs = [run for run in re.finditer("0+", string) if len(run.group()) > 2]
        assert len(runs) == 1
        assert len(runs[0].group()) <= 7
        first.append(runs[0].start())
    assert min(first) == 0
    assert max(first) >= 25


def test_random_illegal_strings_are_coins():
    # In grammar 2, where a random string of 20 is hardly ever legal and made faulty.
    strings, legal = sample(2, "random")
    coins = np.array([[int(x) for x in string[:20]] for string, right in zip(strings, legal, strict=True) if not right])
    for t in range(19):
        assert uniform_over_integers(2 * coins[:, t] + coins[:, t + 1], 0, 3) > FALSE_ALARM


def test_legal_strings_of_grammar_4_are_coins_but_after_two_zeros():
    strings, legal = sample(4, "random")
    after = {"00": [], "other": []}
    for string in (string for string, right in zip(strings, legal, strict=True) if right):
        for t in range(2, 20):
            after["00" if string[t - 2 : t] == "00" else "other"].append(int(string[t]))
    assert set(after["00"]) == {1}
    assert uniform_over_integers(np.array(after["other"]), 0, 1) > FALSE_ALARM


@pytest.mark.parametrize(
    ("name", "value"), [("grammar", 3), ("illegal", "some"), ("min_length", 3), ("max_length", 19)]
)
def test_bad_settings_are_refused(name, value):
    with pytest.raises(InputError) as error:
        build(Tomita, {"min_length": 20, "max_length": 30, "grammar": 2, name: value}, "task")
    assert f"task.{name} is {value!r}: it should " in str(error.value)


def test_grammar_2_needs_an_even_length():
    with pytest.raises(InputError, match="max_length is 21"):
        Tomita(21, 21, grammar=2)
    assert len(many(Tomita(20, 20, grammar=2), seed=0, sequences=3).length) == 3
