"""That the contenders do the work they are timed for, and that the report says what was measured."""

import json
import time
from functools import partial

import jax
import numpy as np
import pytest
from flax import nnx
from jax import lax
from rich.console import Console

from experiments import benchmark
from experiments.peers import flax_lstm, layers, ours, report, simd, worker
from experiments.peers.places import ALL_CORES, GPU, ONE_CORE, ONE_CORE_DEFAULT, ONE_CORE_WITHOUT_JAX, Worker
from experiments.peers.training import CELL_ROWS, LEARNING_RATE, LENGTH, Contestant
from experiments.peers.workloads import DISTRACTORS, WORKLOADS, Candidate
from lstm_jax.cells.incoming import Incoming
from lstm_jax.configuration import build
from lstm_jax.errors import InputError
from lstm_jax.gradients import truncated
from lstm_jax.networks import NetworkWeights
from lstm_jax.report.columns import terminal
from lstm_jax.report.documents import speed
from lstm_jax.report.speed import picture
from lstm_jax.tasks import Adding, Distractors

SETTINGS = {"workload": "adding", "repeats": 1, "seconds": 1.0, "contenders": ["ours", "flax"], "folder": "results"}
ADDING, SYMBOLS = WORKLOADS["adding"], WORKLOADS["symbols"]
MEAN_DISTANCE = 1 / 6
"""Of the adding problem's targets from 0.5, which an untrained network answers: E|X1 + X2| / 4."""


def flax_error(weights: dict[str, np.ndarray], inputs: np.ndarray, target: float) -> np.ndarray:
    """Half the squared error of Flax's LSTM with an output unit in NumPy, `[variants]`.

    Args:
        weights: `[variants, ...]` each: the networks.
        inputs: `[steps, 2]`.
        target: at the end.
    """

    def logistic(x):
        return 1 / (1 + np.exp(-x))

    state = activation = np.zeros((len(weights["dense_h/bias"]), 4))
    for x in inputs:
        recurrent = np.einsum("vi,vij->vj", activation, weights["dense_h/kernel"])
        net = x @ weights["dense_i/kernel"] + recurrent + weights["dense_h/bias"]
        input_gate, forget_gate, cell_input, output_gate = np.split(net, 4, axis=1)
        state = logistic(forget_gate) * state + logistic(input_gate) * np.tanh(cell_input)
        activation = logistic(output_gate) * np.tanh(state)
    net = np.einsum("vi,vi->v", activation, weights["output/kernel"][:, :, 0]) + weights["output/bias"][:, 0]
    return np.square(logistic(net) - target) / 2


def flax_weights(state) -> dict[str, np.ndarray]:
    """All weights in float64 by the last two parts of their names."""
    leaves = jax.tree_util.tree_leaves_with_path(state)
    names = [[key.key for key in path if isinstance(key, jax.tree_util.DictKey)] for path, _ in leaves]
    return {"/".join(name[-2:]): np.asarray(x, np.float64) for name, (_, x) in zip(names, leaves, strict=True)}


def first(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: w[0] for name, w in weights.items()}


def central_differences(error, weights: dict[str, np.ndarray], step: float = 1e-5) -> dict[str, np.ndarray]:
    """The gradient of a function that takes many variants of the weights at a time."""
    gradient = {}
    for name, w in weights.items():
        moves = step * np.eye(w.size).reshape(-1, *w.shape)
        variants = {n: np.broadcast_to(x, (2 * w.size, *x.shape)) for n, x in weights.items()}
        up, down = np.split(error(variants | {name: np.concatenate([w + moves, w - moves])}), 2)
        gradient[name] = (up - down).reshape(w.shape) / (2 * step)
    return gradient


@pytest.mark.slow
def test_flax_makes_the_updates_that_finite_differences_and_its_own_tutorial_loop_give():
    task = Adding(length=30)
    whole, steps = flax_lstm.whole_loop(2, task), flax_lstm.step_by_step(task)
    before = first(flax_weights(whole.state[0]))
    whole(1)
    after = first(flax_weights(whole.state[0]))
    sequence = task.sample(jax.random.fold_in(flax_lstm.trial_keys(1)[0], 0))
    inputs, target = np.asarray(sequence.inputs, np.float64)[: int(sequence.length)], float(sequence.targets[0])
    gradient = central_differences(lambda weights: flax_error(weights, inputs, target), before)
    assert sum(w.size for w in before.values()) == whole.weights == steps.weights == 117
    for name in before:
        np.testing.assert_allclose(after[name] - before[name], -LEARNING_RATE * gradient[name], rtol=0, atol=2e-7)

    whole(4)
    steps(5)
    among, alone = first(flax_weights(whole.state[0])), flax_weights(nnx.state(steps.state[0], nnx.Param))
    for name in alone:
        np.testing.assert_allclose(alone[name], among[name], rtol=1e-5, atol=1e-7)


@pytest.mark.slow
def test_rows_are_what_the_figures_say_of_them():
    adding, *symbols = (ours.configured(row) for row in (*ADDING.rows, *SYMBOLS.rows))
    assert (adding.trial.task, adding.trial.learner.optimizer.learning_rate) == (Adding(length=LENGTH), LEARNING_RATE)
    assert [row.trial.task for row in symbols] == [Distractors(p=p, q=1000) for p in DISTRACTORS.values()]
    assert [row.trial.network.weight_count for row in symbols] == [364, 664, 1264, 3064, 6064]
    keys = jax.random.split(jax.random.key(0), 2000)
    for workload, row in ((ADDING, adding), (SYMBOLS, symbols[0])):
        lengths = jax.jit(lambda keys, task=row.trial.task: task.sample(keys).length)(keys)
        assert np.mean(lengths) == pytest.approx(workload.mean_steps, abs=0.5)


@pytest.mark.slow
def test_our_contenders_train_the_same_trials_and_never_stop():
    lanes_last, lanes_first = ours.by_lanes("4-1", 3, "truncated"), ours.by_vmap("4-1", 3, "truncated_by_autodiff")
    assert lanes_last.weights == lanes_first.weights == 93
    assert lanes_last(3) == pytest.approx(lanes_first(3), rel=1e-5)
    moved = jax.tree.map(lambda w: np.moveaxis(np.asarray(w), 0, -1), lanes_first.state.weights)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6), lanes_last.state.weights, moved)

    assert lanes_last(200) == pytest.approx(MEAN_DISTANCE, abs=0.02)
    lanes_last.state = lanes_last.state._replace(running=lanes_last.state.running & False)
    with pytest.raises(RuntimeError, match="stopped"):
        lanes_last(1)


@pytest.mark.slow
def test_the_dense_contender_trains_the_same_trials_without_touching_symbols_one_by_one():
    sparse, dense = (ours.by_lanes("2c-8", 3, gradient) for gradient in ("truncated", ours.DENSE))
    assert sparse(1) == pytest.approx(dense(1), rel=1e-5)
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7)
    jax.tree.map(close, sparse.state.weights, dense.state.weights)

    trial, state = ours.begin("2c-8", 3, ours.DENSE)
    sequence = trial.task.sample(state.key)
    programs = (jax.make_jaxpr(partial(rule, trial.network)) for rule in (truncated, ours.DENSE.gradient))
    assert ["dynamic_update_slice" in str(program(state.weights, sequence)) for program in programs] == [True, False]


def by_unit(weights: NetworkWeights) -> np.ndarray:
    """Our weights as the program by hand has them, `[93, trials]`."""

    def rows(group: Incoming) -> np.ndarray:
        parts = [part for part in (group.input, group.hidden) if part is not None]
        assert group.bias is not None
        return np.concatenate([*parts, group.bias[:, None]], axis=1).reshape(-1, group.bias.shape[-1])

    assert weights.output is not None
    return np.concatenate([*map(rows, weights.hidden), rows(weights.output)])


@pytest.mark.skipif(simd.compiler() is None, reason="there is no C++ compiler to compile adding.cpp with")
def test_the_program_by_hand_trains_the_same_nets():
    trial, state = ours.begin("4-1", 16, "truncated")
    keys = np.array(jax.random.key_data(state.key), np.uint32).T.copy()
    weights = by_unit(state.weights)
    error = simd.compiled()(0, 40, keys, weights, False)

    advance = jax.jit(lambda trial, state: lax.scan(lambda s, _: trial.step(s), state, length=40))
    after, shown = advance(trial, state)
    # Both are float32 and add up in other orders; after 40 changes they are apart by some 1e-6.
    np.testing.assert_allclose(weights, by_unit(after.weights), rtol=1e-4, atol=1e-5)
    assert np.abs(weights - by_unit(state.weights)).max() > 0.1
    assert error == pytest.approx(float(shown.error.mean()), rel=1e-5)


@pytest.mark.skipif(simd.compiler() is None, reason="there is no C++ compiler to compile adding.cpp with")
def test_the_cheap_generator_of_the_program_by_hand_draws_the_same_task():
    training = simd.by_hand(16, cheap=True)
    # 32,000 distances of a standard deviation of 0.12: that of their mean is below 0.001.
    assert training(2000) == pytest.approx(MEAN_DISTANCE, abs=0.005)
    assert training.state == 2000


def test_a_process_for_default_flags_has_none():
    process = Worker(ONE_CORE_DEFAULT, seconds=1.0)
    process.close()
    assert process.about | {"platform": "cpu", "xla_flags": ""} == process.about


def test_a_process_answers_every_request_with_a_measurement(monkeypatch, capsys):
    shown = []

    def advance(state, sequences):
        shown.append(sequences)
        time.sleep(0.001 * sequences)
        return state, 0.0

    requests = ['{"contender": "ours", "row": "4-1", "trials": 8}\n'] * 2
    monkeypatch.setattr(worker, "begin", lambda *asked: Contestant(asked, advance, weights=93))
    monkeypatch.setattr("sys.argv", ["worker", '{"one_core": false, "flags": null, "seconds": 0.05}'])
    monkeypatch.setattr("sys.stdin", requests)
    worker.main()
    about, *answers = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert about == {}
    assert [answer["sequences"] for answer in answers] == shown[-2:]
    for answer in answers:
        assert 0 < answer["sequences"] <= 50
        assert answer["seconds"] >= 0.001 * answer["sequences"]
        assert answer["weights"] == 93


def test_a_training_that_diverges_is_not_timed():
    with pytest.raises(RuntimeError, match="diverged"):
        worker.measure(Contestant(None, lambda state, sequences: (state, float("nan")), 1), 1)


def timings() -> list[report.Timing]:
    """Round figures for some contenders."""

    def timing(contender, trials, place, *nanoseconds):
        return report.Timing(Candidate(contender, "4-1", trials, place), 93, nanoseconds)

    return [
        timing("ours", 32, ONE_CORE, 10.0, 8.0, 30.0),
        timing("ours", 16384, GPU, 0.25, 0.25, 0.25),
        timing("ours", 128, ALL_CORES, 5.0, 5.0, 5.0),
        timing("autodiff", 32, ONE_CORE, 40.0, 40.0, 40.0),
        timing("autodiff_vmap", 32, ONE_CORE, 70.0, 70.0, 70.0),
        timing("flax", 16, ONE_CORE_DEFAULT, 200.0, 150.0, 250.0),
        timing("flax", 16, ONE_CORE, 60.0, 50.0, 70.0),
        timing("flax_steps", 1, ONE_CORE_DEFAULT, 5_000.0, 5_000.0, 5_000.0),
        timing("torch", 1, ONE_CORE_WITHOUT_JAX, 12_345.0, 12_000.0, 13_000.0),
    ]


def symbol_timings() -> list[report.Timing]:
    """Round figures for all alphabets: the dense select costs 0.2 ns per symbol."""
    return [
        report.Timing(candidate, 6 * p + 64, (t := 10 + 0.2 * p * (candidate.contender == "dense"), t, t))
        for candidate in SYMBOLS.candidates(SYMBOLS.names)
        for p in [DISTRACTORS[candidate.row]]
    ]


def cell_timings() -> list[report.Timing]:
    """Round figures for all cells: Flax takes three times as long, or twice under our flags."""
    times = {ONE_CORE_DEFAULT: 30.0, ONE_CORE: 20.0}
    return [
        report.Timing(candidate, 100, (t := 10.0 if candidate.contender == "bptt" else times[candidate.place], t, t))
        for candidate in WORKLOADS["cells"].candidates(WORKLOADS["cells"].names)
    ]


FIGURES = {"adding": timings, "symbols": symbol_timings, "cells": cell_timings}


def test_ratios_are_to_32_of_our_lanes_on_one_core():
    values = {ratio.name: ratio.value for ratio in report.ratios(ADDING, timings())}
    assert list(values.values()) == [20.0, 6.0, 4.0, 7.0]
    assert report.ratios(ADDING, timings()[1:]) == []


def test_the_document_holds_every_figure_and_the_machine():
    document = json.loads(json.dumps(report.document(ADDING, timings(), SETTINGS, [{"platform": "cpu"}])))
    assert [figure["median"] for figure in document["figures"]] == [timing.median for timing in timings()]
    assert document["figures"][0] | {"median": 10.0, "min": 8.0, "max": 30.0} == document["figures"][0]
    assert document["figures"][0] | {"row": "4-1", "distractors": None, "weights": 93} == document["figures"][0]
    assert document["machine"]["cores"] >= 1
    assert document["machine"]["versions"]["jax"] == jax.__version__
    assert [ratio["bar"] for ratio in document["ratios"]] == [10.0, None, 3.0, None]


@pytest.mark.parametrize(
    ("name", "shown"), [("adding", "12,000-13,000"), ("symbols", "1,000   6,064"), ("cells", "gru, batch 16")]
)
def test_the_table_fits_80_columns(name, shown):
    console = Console(width=80)
    with console.capture() as captured:
        console.print(terminal(report.columns(WORKLOADS[name], FIGURES[name]()), FIGURES[name]()))
    text = captured.get()
    assert "…" not in text
    assert shown in text


@pytest.mark.parametrize("name", FIGURES)
def test_the_picture_is_written(name, tmp_path):
    picture(report.document(WORKLOADS[name], FIGURES[name](), SETTINGS, []), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_the_readme_tells_of_alphabets_once_they_were_measured(tmp_path):
    adding, symbols = tmp_path / "adding.json", tmp_path / "symbols.json"
    adding.write_text(json.dumps(report.document(ADDING, timings(), SETTINGS, [])))
    before = speed(adding).splitlines()
    symbols.write_text(json.dumps(report.document(SYMBOLS, symbol_timings(), SETTINGS, [])))
    after = speed(adding).splitlines()
    assert [line for line in after if line.startswith("- ") and line not in before] == [
        "- lstm_jax, row 2c, 1,000 distractors, 6,064 weights, 32 trials on one core: 10.0 ns per trial-step "
        "(50 distractors, 364 weights: 10.0)",
        "- lstm_jax, dense select, row 2c, 1,000 distractors, 6,064 weights, 32 trials on one core: 210.0 ns per "
        "trial-step (50 distractors, 364 weights: 20.0)",
    ]
    assert set(before) <= set(after)
    assert str(symbols) in after[-1]


def test_the_document_tells_of_cells_once_they_were_measured(tmp_path):
    adding, cells = tmp_path / "adding.json", tmp_path / "cells.json"
    adding.write_text(json.dumps(report.document(ADDING, timings(), SETTINGS, [])))
    before = speed(adding).splitlines()
    cells.write_text(json.dumps(report.document(WORKLOADS["cells"], cell_timings(), SETTINGS, [])))
    told = [line for line in speed(adding).splitlines() if line not in before]
    assert told[:4] == [
        f"- {row}, by back-propagation through time, 100 weights, 32 trials on one core: 10.0 ns per trial-step (Flax "
        "as its users run it: 3.0 times as long; under the XLA settings of lstm_jax: 2.0 times)"
        for row in CELL_ROWS
    ]


@pytest.mark.slow
def test_a_batch_of_flax_and_of_ours_is_counted_by_its_sequences():
    for contender in ("bptt", "flax_cell"):
        with jax.numpy_dtype_promotion("standard"):  # older releases of optax multiply integers with floats
            training = worker.begin(contender, "gru, batch 16", 2)
            assert worker.measure(training, 2)["sequences"] == 32
            assert 900 < training.weights < 1000
            assert training(2) < 0.5


def test_products_alone_are_those_of_a_layer_and_set_its_roof(monkeypatch):
    """Layers of 8 units take 2 and 4 ms, and their products 1 and 1.5: the roof is that of the last."""
    monkeypatch.setattr(layers, "STEPS", 10)
    contestant = worker.begin("layer_product", "8 training", 3)
    assert contestant.weights == 4 * 8 * 2 * 8 and (contestant.compiling or 0) > 0
    assert np.isfinite(contestant(2))
    # 512 weights, a multiplication and an addition each, 10 steps, 3 sequences, there and twice back
    assert layers.floating_point_operations(8, 3, "forward") == 30_720
    assert layers.floating_point_operations(8, 3, "training") == 92_160

    def timing(contender, passes, milliseconds):
        candidate = Candidate(contender, f"8 {passes}", 3, ONE_CORE)
        return report.Timing(candidate, 512, (milliseconds * 1e6 / 30,), 0.5)

    timings = [timing("layer_ours", "forward", 2.0), timing("layer_ours", "training", 4.0)]
    without = layers.milliseconds(timings)
    assert [figure["of the roof"] for figure in without] == [None, None]
    timings += [timing("layer_product", "forward", 1.0), timing("layer_product", "training", 1.5)]
    figures = layers.milliseconds(timings)
    np.testing.assert_allclose([f["gigaflops"] for f in figures], [0.01536, 0.02304, 0.03072, 0.06144])
    np.testing.assert_allclose([f["of the roof"] for f in figures], [0.25, 0.375, 0.5, 1.0])
    console = Console(width=80)
    with console.capture() as captured:
        console.print(terminal(layers.COLUMNS, figures))
    table = captured.get()
    rows = [line.split() for line in table.splitlines() if "%" in line]
    assert len(rows) == 4  # nothing is broken into two lines
    assert rows[0] == ["8", "3", "forward", "lstm_jax", "2.00", "2.00-2.00", "1.00", "25%", "0.5", "s"]


def test_what_is_measured_follows_the_chosen_contenders():
    assert set(ADDING.candidates(["flax_steps", "dense"])) == {
        Candidate("flax_steps", "4-1", 1, ONE_CORE),
        Candidate("flax_steps", "4-1", 1, ONE_CORE_DEFAULT),
    }
    assert {(c.contender, c.row) for c in SYMBOLS.candidates(["dense", "flax"])} == {("dense", r) for r in DISTRACTORS}
    assert set(report.LABELS) == {name for workload in WORKLOADS.values() for name in workload.names}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("repeats", 0, "repeats is 0: it should be greater than or equal to 1."),
        ("seconds", -1.0, "seconds is -1.0: it should be greater than 0."),
        ("contenders", [], "contenders is []: it should have at least one"),
        (
            "contenders",
            ["dense"],
            "contenders is ['dense']: it should have at least one of ours, simd, simd_cheap, autodiff, ",
        ),
        ("workload", "copying", "workload is 'copying': it should be 'adding', 'symbols', 'cells' or 'layers'."),
        ("contenders", ["keras"], "contenders is ['keras']: it should be 'ours', "),
        ("folder", None, "folder is None: it should be a valid string."),
    ],
)
def test_bad_settings_are_named(field, value, message):
    with pytest.raises(InputError) as caught:
        build(benchmark.Settings, SETTINGS | {field: value}, "")
    assert str(caught.value).startswith(message)
