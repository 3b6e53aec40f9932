"""The arena: equal conditions, tuning, the climb over lags, joining a board, and what is refused."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.arena import at_rate, conditions
from experiments.entrants import check_given_grids, read_settings, tries
from experiments.joining import as_record, check_written, others
from experiments.sizing import weight_count
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.errors import InputError
from lstm_jax.overrides import quoted
from lstm_jax.places import CONFIGS
from lstm_jax.report.arena import LINES, board, in_words, sentence, standing
from lstm_jax.report.columns import texts
from lstm_jax.results import boards
from lstm_jax.results.records import plain
from lstm_jax.tasks.lagged import LAGGED
from tests.experiments.programs import call
from tests.results.test_reach import at

CELLS = ("memory_blocks", "memory_blocks_full", "lstm", "elman", "orthogonal", "irnn")
CELLS += ("gru", "gru_before", "peephole", "forget_gates", "coupled", "slstm", "mlstm", "lru")
CELLS += ("min_gru", "min_lstm", "selective", "attention")
CELLS += ("flax.nnx.GRUCell", "flax.nnx.OptimizedLSTMCell", "flax.nnx.SimpleCell")


@pytest.fixture
def arena():
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        config = compose("arena", ["weights=1000", f"cells=[{','.join(CELLS)}]"])
        yield config, read_settings(config)


@pytest.fixture
def settings_of():
    """The settings of an arena with these overrides."""
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        yield lambda *overrides: read_settings(compose("arena", list(overrides)))


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_nets_have_about_the_wanted_weights_and_nothing_else_differs(arena, cell):
    config, settings = arena
    run = at_rate(conditions(config, settings, ("latch", cell), 30), 0.01, trials=4, seed=1)
    assert abs(weight_count(run) - 1000) < 100
    assert (run.row, run.trials, run.seed, run.budget) == (f"latch-30-{cell}", 4, 1, 64_000)
    optimizer = {"name": "adam", "learning_rate": 0.01, "batch": 16, "clip": 1.0}
    assert {name: run.optimizer[name] for name in optimizer} == optimizer
    assert run.criterion == {
        "name": "examination",
        "sequences": 256,
        "fewer_wrong_than": [3],
        "mean_error_below": [None],
        "interval": 1600,
    }
    assert run.gradient == ("truncated" if cell == "memory_blocks" else run.gradient)
    assert run.gradient == "bptt" or cell in ("memory_blocks", "forget_gates", "peephole")


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_has_as_many_tries_no_two_of_them_alike(arena, cell):
    _, settings = arena
    tried = [(override, rate) for overrides, rates in tries(settings, cell) for rate in rates for override in overrides]
    tried = tried or [("", rate) for rate in tries(settings, cell)[0][1]]
    assert len(set(tried)) == len(tried) == 12
    assert {rate for _, rate in tried} <= set(settings.rates)
    assert len({override for override, _ in tried}) == len(settings.grids.get(cell, [""]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "override", "wanted"),
    [
        ("lstm", "network.cell.forget_gate_bias=5.0", 5.0),
        ("memory_blocks", "network.cell.input_gate_bias=-4.0", -4.0),
        ("irnn", "weight_range=0.01", 0.01),
        ("elman", "network.cell.recurrent_start=orthogonal", "orthogonal"),
    ],
)
def test_a_try_changes_its_setting_and_nothing_else(arena, cell, override, wanted):
    config, settings = arena
    plain, tried = (conditions(config, settings, ("latch", cell), 30, change) for change in ((), (override,)))
    path = override.partition("=")[0]
    assert OmegaConf.select(tried, path) == wanted != OmegaConf.select(plain, path)
    OmegaConf.update(plain, path, wanted)
    assert plain == tried


@pytest.mark.slow
@pytest.mark.parametrize("task", LAGGED)
def test_every_task_goes_with_outputs_that_can_reach_its_targets(arena, task):
    config, settings = arena
    run = conditions(config, settings, (task, "lstm"), 30)
    linear = run.network.output_squashing == "identity"
    assert linear == (task in ("adding", "multiplication"))


@pytest.mark.parametrize(
    "override",
    [
        "network.cell.units=3",
        "network.cell.hidden_features=3",
        "++network.units=3",
        "optimizer.learning_rate=1",
        "trials=3",
        "seed=1",
        "budget=1",
        "task=adding",
        "task.length=3",
        "criterion.sequences=1",
        "transfer=null",
        "experiment=6a",
        "network.output_squashing=logistic",
    ],
)
@pytest.mark.parametrize("field", ["grids", "entrants"])
def test_what_the_arena_sets_is_refused_as_a_setting_of_a_cell(override, field, settings_of):
    given = ["cells=[gru]", "tasks=[adding]", f"+{field}={{gru: [{quoted(override)}]}}"]
    if (field, override) == ("entrants", "network.output_squashing=logistic"):
        assert settings_of(*given).entrants["gru"] == [override]  # it holds for the tasks whose outputs are not linear
        return
    with pytest.raises(InputError, match=rf"^{field} has {re.escape(repr(override))} for gru: the arena sets "):
        settings_of(*given)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("+grids={gru: 3}", "grids.gru is 3: it should be a valid list."),
        ("+grids={gru: [3]}", "grids.gru is [3]: it should be a valid string."),
        ("grids=3", "grids is 3: it should be a valid dictionary."),
        ("+entrants={gru: 3}", "entrants.gru is 3: it should be a valid list."),
    ],
)
def test_a_damaged_grid_is_named_without_all_the_others(grid, message, settings_of):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        settings_of(grid)


def test_grids_of_the_command_line_are_of_cells_that_take_part(settings_of):
    settings = settings_of("cells=[gru]")
    for fine in ("+grids={gru: []}", "+grids.gru=[]", "grids=null", "cells=[gru]", "~grids.lstm"):
        check_given_grids(settings, [fine])
    for wrong in ("+grids={gru: [], gruu: []}", "+grids.gruu=[]"):
        with pytest.raises(InputError, match=r"^grids has 'gruu', which does not take part \(did you mean gru\?\)"):
            check_given_grids(settings, [wrong])


QUICK = Path(__file__).parents[2] / "results" / "arena" / "quick.json"

SMALL = ("tasks=[latch]", "lags=[30,10]", "rates=[0.003,0.01]", "trials=4", "tuning_trials=2", "tuned_at=10")
SMALL += ("budget=6400", "weights=100", "examined=[2,4]")


@pytest.mark.slow
def test_cells_are_tuned_and_climb_and_another_joins_them(tmp_path):
    grid = "+grids={gru: ['network.cell.reset=after', 'network.cell.reset=before']}"
    first = call("arena", "cells=[elman,gru]", grid, *SMALL, f"folder={tmp_path / 'first'}")
    assert first.returncode == 0, first.stderr
    written = tmp_path / "first" / "arena.json"
    record = json.loads(written.read_text())
    runs = [json.loads(path.read_text())[-1] for path in (tmp_path / "first").glob("*/summary.json")]
    assert [line["chosen"] for line in record["tuning"]].count(True) == 2
    assert {line["learning_rate"] for line in record["tuning"]} == {0.003, 0.01}
    assert [(line["cell"], line["lag"]) for line in record["lines"]][:2] == [("elman", 10), ("elman", 30)]
    of_gru = [(line["learning_rate"], line["overrides"]) for line in record["tuning"] if line["cell"] == "gru"]
    assert of_gru == [(0.003, ["network.cell.reset=after"]), (0.003, ["network.cell.reset=before"])]
    chosen = {line["cell"]: (line["learning_rate"], line["overrides"]) for line in record["tuning"] if line["chosen"]}
    assert all((line["learning_rate"], line["overrides"]) == chosen[line["cell"]] for line in record["lines"])
    for line in record["lines"]:
        of_run = [run for run in runs if run["row"] == f"latch-{line['lag']}-{line['cell']}" and run["trials"] == 4]
        wrong = [answers for answers in of_run[0]["transfer"] if answers]
        assert len(wrong) == line["solved"]
        for i, longer in enumerate(line["longer"]):
            assert (longer["times"], longer["lag"]) == ((2, 4)[i], (2, 4)[i] * line["lag"])
            assert longer["wrong"] == [answers[i] for answers in wrong]
            assert longer["still"] == sum(number <= 2 for number in longer["wrong"])
    assert "at 4 times" in first.stdout and "at 4 times the lag" in (tmp_path / "first" / "longer.md").read_text()

    again = call("arena", "cells=[elman,gru]", grid, *SMALL, f"folder={tmp_path / 'first'}")
    assert "4 finished before" in again.stdout
    assert json.loads(written.read_text())["lines"] == record["lines"]

    own = "tests.cells.functions.step"
    joined = call("arena", f"cells=[{own}]", f"board={written}", f"folder={tmp_path / 'second'}")
    assert joined.returncode == 0, joined.stderr
    assert f"{own}: " in joined.stdout and "of 2 others reach further" in " ".join(joined.stdout.split())
    second = json.loads((tmp_path / "second" / "arena.json").read_text())
    for field in ("lines", "tuning"):
        old, new = record[field], [line for line in second[field] if line["cell"] == own]
        assert new and second[field] == [*old, *new]
    assert second["provenance"]["before"] == [record["provenance"]]
    assert {line["trials"] for line in second["lines"]} == {4}
    refused = call("arena", f"cells=[{own}]", f"board={written}", "lags=[10]", f"folder={tmp_path / 'second'}")
    assert refused.returncode == 2 and "lags is [10]: the board has [30, 10], for all cells" in refused.stderr


def test_a_table_says_what_else_was_tuned_beside_the_rate():
    lines = at(10, 10), replace(at(10, 10), overrides=("network.cell.forget_gate_bias=5.0",))
    assert [texts(LINES, line)["rate"] for line in lines] == ["0.01", "0.01\nforget_gate_bias=5.0"]


def test_a_reach_in_words_says_where_the_lags_end():
    lines = [at(10, 10), at(30, 9)]
    assert in_words(lines, longest=30) == "≥ 30"
    assert in_words(lines, longest=100) == "30"
    assert in_words([at(10, 2)], longest=100) == "< 10"
    assert in_words([], longest=100) == ""


def test_a_sentence_about_one_trial_and_one_number_of_weights_has_no_more():
    one = replace(at(10, 1, trials=1), weights=1116)
    assert "of 1 trial meet" in sentence([one]) and sentence([one]).endswith(" Nets have 1,116 weights.")
    many = [at(10, 9), replace(at(10, 9), weights=1116)]
    assert "of 10 trials meet" in sentence(many) and sentence(many).endswith(" Nets have 100 to 1,116 weights.")


def test_a_cell_stands_behind_those_that_reach_further():
    lines = [at(10, 10), at(30, 2), replace(at(10, 10), cell="gru"), replace(at(30, 9), cell="gru")]
    assert [(one.cell, one.reaches) for one in board(lines)] == [
        ("lstm", {"adding": "10"}),
        ("gru", {"adding": "≥ 30"}),
    ]
    assert standing(lines, "lstm") == "lstm: 10 on adding (1 of 1 others reach further)."
    assert standing(lines, "gru") == "gru: ≥ 30 on adding (0 of 1 others reach further)."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["cells=[nix]"], "cells has 'nix': allowed are"),
        (["cells=[math.pi]"], "cells has 'math.pi': it should be a step function or a class of cells"),
        (["cells=[math.nix]"], "cells is 'math.nix', which cannot be imported"),
        (["cells=[flax.nnx.Linear]"], "flax.nnx.Linear lacks a value of out_features: "),
        (
            ["grids={gru: ['gradient=bptt']}"],
            "grids.gru is not a setting here: --help lists all settings, and +grids=...",
        ),
        (["cells=[]"], "cells is []: it should have at least one"),
        (["tasks=[nix]"], "task is 'nix': allowed are distractors"),
        (["lags=[0]"], "lag is 0: latch should have at least 1"),
        (["tasks=[adding]", "tuned_at=3"], "lag is 3: adding should have at least 10"),
        (["lags=[]"], "lags is []: it should have at least one"),
        (["lags=[10,10]"], "lags is [10, 10]: it has a value twice"),
        (["examined=[1]"], "examined is [1]: it should be greater than or equal to 2"),
        (["examined=[2,2]"], "examined is [2, 2]: it has a value twice"),
        (["rates=[0]"], "rates is [0]: it should be greater than 0"),
        (["weights=0"], "weights is 0"),
        (
            ["weights=5"],
            "weights is 5: memory_blocks on latch comes no nearer than 17; its size is one of the fields units",
        ),
        (["weights=10000000"], "weights is 10000000: lstm on latch comes no nearer than 4,009,001"),
        (["cells=[tests.cells.functions.nix]"], "'tests.cells.functions.nix'"),
        (["cells=[chunker]"], "network is a Chunker: the task should have targets at every step"),
        (
            ["cells=[attention]", "lags=[900000]"],
            "2,560 test sequences of 990,001 steps take 406 GiB of the",
        ),
        (["rates=[0.01]"], "grids has ['network.cell.input_gate_bias=0.0', "),
        (
            ["+grids={gru: []}", "cells=[gru]"],
            "grids has [] for gru: they should be different ones, and as many as divide",
        ),
        (
            ["+grids={gru: ['gradient=bptt', 'gradient=bptt']}", "cells=[gru]"],
            "grids has ['gradient=bptt', 'gradient=bptt'] for gru",
        ),
        (["+grids={nix: []}", "cells=[gru]"], "grids has 'nix', which does not take part"),
        (["+grids={gru: ['network.nix=1', 'network.nix=2']}", "cells=[gru]"], "nix"),
        (["trials=0"], "trials is 0"),
        (["tuning_seed=0"], "tuning_seed is 0: it should be another one than seed"),
        (["budget=10"], "budget is 10"),
        (["board=nix.json"], "board is 'nix.json': it should be an arena.json"),
        (["optimizer=nix"], "optimizer is 'nix'"),
        # A board from before some conditions were there can be joined.
        ([f"board={QUICK}", "cells=[nix]"], "cells has 'nix'"),
        ([f"board={QUICK}", "examined=[2]"], "examined is [2]: the board has [], for all cells"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, part, tmp_path):
    done = call("arena", *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert len(done.stderr.strip().splitlines()) == 1
    assert part in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.fixture
def in_folder(tmp_path):
    """The configuration and settings of an arena beside an arena.json of gru and lstm."""
    path = tmp_path / "arena.json"
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        usual = [f"folder={tmp_path}", "cells=[gru,lstm]", "tasks=[adding]", "lags=[10]"]

        def composed(*overrides):
            config = compose("arena", [*usual, *overrides])
            return config, read_settings(config)

        path.write_text(json.dumps(as_record(composed()[0], None, [at(10, 9), replace(at(10, 1), cell="gru")], [])))
        yield path, composed


@pytest.mark.parametrize(
    ("overrides", "part"),
    [
        ([], None),
        (["cells=[gru,elman,lstm]", "tasks=[latch,adding]", "lags=[10,30]"], None),
        (["cells=[gru]"], "whose board has lstm, too: choose another folder, .* or join it by board="),
        (["tasks=[latch]"], r"whose board has tasks \['adding'\], not \['latch'\]"),
        (["lags=[30]"], r"whose board has lags \[10\], not \[30\]"),
        (["weights=99"], "whose board has weights 1000, not 99"),
        (["optimizer=sgd"], "whose board has optimizer "),
    ],
)
def test_a_board_is_not_written_over_by_one_that_lacks_what_it_has(overrides, part, in_folder):
    config, settings = in_folder[1](*overrides)
    if part is None:
        check_written(config, settings, None)
        return
    with pytest.raises(InputError, match=part):
        check_written(config, settings, None)


def test_boards_are_joined_on_top_of_joined_ones(in_folder):
    path, composed = in_folder
    for number, cell in enumerate(["elman", "irnn", "gru"]):
        board, (config, settings) = boards.read(path), composed(f"cells=[{cell}]")
        check_written(config, settings, board)
        lines = [*others(settings, board, "lines"), replace(at(10, 5), cell=cell)]
        path.write_text(json.dumps(as_record(config, board, lines, [])))
        assert len(boards.read(path).provenance["before"]) == number + 1
    assert [(line.cell, line.solved) for line in boards.read(path).lines] == [
        ("lstm", 9),
        ("elman", 5),
        ("irnn", 5),
        ("gru", 5),
    ]


def test_a_board_without_a_condition_is_refused(tmp_path):
    record = {"provenance": {}, "tuning": [], "conditions": {}, "lines": [plain(at(10, 9))]}
    Path(tmp_path, "board.json").write_text(json.dumps(record))
    done = call("arena", f"board={tmp_path / 'board.json'}", cwd=tmp_path)
    assert done.returncode == 2 and "it has no " in done.stderr
