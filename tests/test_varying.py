from lstm_jax.cells import MemoryBlocks, read_cell
from lstm_jax.tasks import TemporalOrder, TwoSequences
from lstm_jax.varying import given, numbers, without


def test_marked_numbers_are_found_by_their_paths_and_words_are_not():
    cell = MemoryBlocks(
        3, blocks=2, block_size=1, input_gate_bias=(-1.0, -2.0), output_gate_bias="random", cell_bias=0.5
    )
    assert numbers(cell) == {"input_gate_bias": (-1.0, -2.0), "cell_bias": 0.5}
    task = TemporalOrder(positions=((1, 3), (5, 7)), min_length=10, max_length=12)
    assert numbers(task) == {"positions": ((1, 3), (5, 7)), "tolerance": 0.3}


def test_cells_in_cells_have_paths_of_their_own():
    layers = [{"name": "lstm", "units": 2, "forget_gate_bias": bias} for bias in (1.0, 2.0)]
    stack = read_cell({"name": "stacked", "layers": layers}, 3)
    assert numbers(stack) == {"layers.0.forget_gate_bias": 1.0, "layers.1.forget_gate_bias": 2.0}
    changed = given(stack, {"layers.1.forget_gate_bias": 7.0})
    assert numbers(changed) == {"layers.0.forget_gate_bias": 1.0, "layers.1.forget_gate_bias": 7.0}
    assert numbers(stack)["layers.1.forget_gate_bias"] == 2.0


def test_without_its_numbers_only_the_rest_tells_configurations_apart():
    def task(**changes) -> TwoSequences:
        return TwoSequences(**{"length": 100, "informative": 3, "noise_variance": 0.2, "tolerance": 0.2} | changes)

    assert task() != task(noise_variance=0.5)
    assert without(task()) == without(task(noise_variance=0.5, tolerance=0.1))
    assert hash(without(task())) == hash(without(task(noise_variance=0.5)))
    assert without(task()) != without(task(informative=4))
    assert given(without(task()), numbers(task())) == task()
