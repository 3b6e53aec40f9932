"""A wrong setting is refused in one sentence that names the field, its value and what is allowed."""

import jax
import numpy as np
import pytest

from lstm_jax.cells import LSTM, MemoryBlocks, read_cell
from lstm_jax.configuration import arrays, build, named
from lstm_jax.construction import Construction
from lstm_jax.errors import InputError
from lstm_jax.networks import Network
from lstm_jax.tasks import TASKS, Adding, TemporalOrder, TwoSequences
from tests.architectures import NO_BIASES

NAN = float("nan")
CELL = MemoryBlocks(inputs=2, blocks=2, block_size=2, **NO_BIASES)
BLOCKS = {"blocks": 2, "block_size": 2}


def refusal(make, *args, **given) -> str:
    with pytest.raises(InputError) as error:
        make(*args, **given)
    message = str(error.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.mark.parametrize(
    ("node", "start"),
    [
        ({"length": -100}, "task.length is -100: it should be greater than or equal to 22"),
        ({"length": 10**30}, "task.length is 1000000000000000000000000000000: it should be less than or equal to"),
        ({"length": 21}, "task.length is 21: it should be greater than or equal to 22"),
        ({"length": 105}, "task.length is 105: it should be a multiple of 10"),
        ({"length": "100"}, "task.length is '100': it should be a valid integer"),
        ({"length": 100.0}, "task.length is 100.0: it should be a valid integer"),
        ({"length": True}, "task.length is True: it should be a valid integer"),
        ({"length": None}, "task.length is None: it should be a valid integer"),
        ({"length": 100, "tolerance": NAN}, "task.tolerance is nan: it should be a finite number"),
        ({"length": 100, "tolerance": 0}, "task.tolerance is 0: it should be greater than 0"),
        ({"length": 100, "tolerance": "0.04"}, "task.tolerance is '0.04': it should be a valid number"),
        ({"length": 100, "first_marker": 0}, "task.first_marker is 0: it should be -1 or 1"),
        ({"length": 100, "lenght": 50}, "task.lenght is not a setting (did you mean task.length?): Adding has"),
    ],
)
def test_settings_of_pairs(node, start):
    assert refusal(build, Adding, node, "task").startswith(start)


def test_what_has_no_default_has_to_be_given():
    assert refusal(build, Construction, {}, "construction").startswith("construction.interval is missing")


def test_arguments_that_a_class_does_not_have_are_refused_by_name():
    assert refusal(LSTM, inputs=3, unit=4).startswith("unit is not a setting (did you mean units?): LSTM has inputs, ")
    assert refusal(Adding, length=100, markers=2).startswith("markers is not a setting: Adding has length, ")
    assert refusal(LSTM, 3, 4, *["tanh"] * 2, *["none"] * 4, 5) == "LSTM has 8 settings: 9 values are too many."


@pytest.mark.parametrize(
    "positions",
    [
        [],
        [[10, 20], [15, 60]],
        [[10, 20], [20, 30]],
        [[20, 10], [50, 60]],
        [[50, 60], [10, 20]],
        [[0, 20], [50, 60]],
        [[10, 20], [50, 99]],
        [[10]],
        [[10, 20, 30]],
        [[10, "20"]],
        "10-20",
    ],
)
def test_positions_that_do_not_follow_one_another(positions):
    message = refusal(build, TemporalOrder, {"positions": positions}, "task")
    assert message.startswith(f"task.positions is {positions!r}: it should ")


def test_positions_may_touch_the_first_and_the_last_symbol():
    node = {"positions": [[1, 2], [3, 98]], "min_length": 100, "max_length": 100}
    assert build(TemporalOrder, node, "task") == TemporalOrder(((1, 2), (3, 98)), 100, 100)


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"max_length": 99}, "task.max_length is 99: it should be at least min_length, 100"),
        ({"min_length": 2}, "task.min_length is 2: it should be greater than or equal to 3"),
    ],
)
def test_lengths_of_strings(changes, start):
    assert refusal(build, TemporalOrder, {"positions": [[10, 20]], **changes}, "task").startswith(start)


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"blocks": 0}, "network.cell.blocks is 0: it should be greater than or equal to 1"),
        ({"input_gate_bias": [-1.0]}, "network.cell.input_gate_bias is [-1.0]: it needs one value for each of the 2"),
        ({"output_gate_bias": [1.0] * 3}, "network.cell.output_gate_bias is [1.0, 1.0, 1.0]: it needs one value for"),
        ({"cell_bias": [0.0, 0.0]}, "network.cell.cell_bias is [0.0, 0.0]: it needs one value for each of the 4"),
        ({"cell_bias": "zero"}, "network.cell.cell_bias is 'zero': it should be 'none' or 'random'"),
        (
            {"cell_input_squashing": "step"},
            "network.cell.cell_input_squashing is 'step': it should be 'identity'",
        ),
        ({"cell_input_squashing": [1.0, 1.0]}, "network.cell.cell_input_squashing is [1.0, 1.0]: it should "),
        ({"inputs": 3}, "network.cell.inputs is not a setting"),
        ({"output_gates": False, "output_gate_bias": "random"}, "network.cell.output_gate_bias is 'random': it should"),
    ],
)
def test_settings_of_memory_blocks(changes, start):
    assert refusal(build, MemoryBlocks, BLOCKS | changes, "network.cell", inputs=2).startswith(start)


@pytest.mark.parametrize(
    ("node", "start"),
    [
        ({"output_bias": [1.0, 2.0]}, "network.output_bias is [1.0, 2.0]: it needs one value for each of the 1"),
        ({"output_squashing": [0.5, 0.5]}, "network.output_squashing is [0.5, 0.5]: it should "),
    ],
)
def test_settings_of_output_units(node, start):
    assert refusal(build, Network, node, "network", cell=CELL, outputs=1).startswith(start)


@pytest.mark.parametrize(
    ("node", "start"),
    [
        ({"name": "addition"}, "task.name is 'addition' (did you mean adding?): allowed are "),
        ({}, "task.name is None: allowed are embedded_reber, two_symbols, "),
        ({"name": 4}, "task.name is 4: allowed are embedded_reber, two_symbols, "),
        ({"name": "no_such_module.Task"}, "task.name is 'no_such_module.Task'"),
        ({"name": "lstm_jax.tasks.NoSuchTask"}, "task.name is 'lstm_jax.tasks.NoSuchTask'"),
        ({"name": ".Task"}, "task.name is '.Task'"),
        ({"name": "math.pi"}, "task.name is 'math.pi'"),
        ({"name": "adding", "length": 5}, "task.length is 5: it should be greater than or equal to 22"),
        ("adding", "task is 'adding': it needs "),
        (None, "task is None: it needs "),
    ],
)
def test_names(node, start):
    assert refusal(named, TASKS, node, "task").startswith(start)


def test_a_node_that_holds_no_fields():
    assert refusal(build, Adding, 100, "task").startswith("task is 100: it needs the fields")


def test_a_class_of_ones_own_is_named_by_its_module():
    node = {"name": "lstm_jax.tasks.adding.Adding", "length": 100}
    assert named(TASKS, node, "task") == named(TASKS, {"name": "adding", "length": 100}, "task") == Adding(100)


def test_numbers_that_may_vary_are_leaves_and_words_are_structure():
    cell = MemoryBlocks(
        3, blocks=2, block_size=1, input_gate_bias=(-1.0, -2.0), output_gate_bias="random", cell_bias=0.5
    )
    assert jax.tree.leaves(cell) == [-1.0, -2.0, 0.5, 0.0]  # the last is input_gate_shift
    task = TemporalOrder(positions=((1, 3), (5, 7)), min_length=10, max_length=12)
    assert jax.tree.leaves(task) == [1, 3, 5, 7, 0.3]
    assert jax.tree.leaves(Network(cell=cell, outputs=2, output_bias=0.1)) == [-1.0, -2.0, 0.5, 0.0, 0.1]


def test_cells_in_cells_have_leaves_of_their_own():
    layers = [{"name": "lstm", "units": 2, "forget_gate_bias": bias} for bias in (1.0, 2.0)]
    stack = read_cell({"name": "stacked", "layers": layers}, 3)
    assert jax.tree.leaves(stack) == [1.0, 2.0]
    doubled = jax.tree.map(lambda bias: 2 * bias, stack)
    assert [layer.forget_gate_bias for layer in doubled.layers] == [2.0, 4.0]
    assert jax.tree.leaves(stack) == [1.0, 2.0]


def test_the_structure_alone_tells_programs_apart():
    def task(**changes) -> TwoSequences:
        return TwoSequences(**{"length": 100, "informative": 3, "noise_variance": 0.2, "tolerance": 0.2} | changes)

    structure = jax.tree.structure
    assert task() != task(noise_variance=0.5)
    assert structure(task()) == structure(task(noise_variance=0.5, tolerance=0.1))
    assert hash(structure(task())) == hash(structure(task(noise_variance=0.5)))
    assert structure(task()) != structure(task(informative=4))
    leaves, tree = jax.tree.flatten(task())
    assert jax.tree.unflatten(tree, leaves) == task()


def test_numbers_become_arrays_of_32_bits():
    made = arrays(TemporalOrder(positions=((1, 3),), min_length=10, max_length=12), (2,))
    (first, last), tolerance = made.positions[0], made.tolerance
    assert [np.asarray(x).dtype for x in (first, last, tolerance)] == [np.int32, np.int32, np.float32]
    np.testing.assert_array_equal(np.asarray(last), [3, 3])
