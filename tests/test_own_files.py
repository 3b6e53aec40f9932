"""A sentence about a setting names the user's file that it comes from."""

import pytest

from lstm_jax.own_files import located

FILES = {
    "experiment/a.yaml": "# @package _global_\ntask: {length: 5, tolerance: 0.1}\nrow: [1\n",
    "experiment/b.yaml": "# @package _global_\ntask: {length: 7, tolerance: 0.1}\nlearning_rat: 3\n",
    "experiment/c.yaml": "task: {length: 7}\n",
    "task/d.yaml": "lenght: 50\nlags: [1, 2]\n",
    "mine.yaml": "trials: 3\n",
}


@pytest.mark.parametrize(
    ("sentence", "file"),
    [
        ("task.length is 7: it should be greater.", "experiment/b.yaml"),
        ("seed=1: task.length is 7: it should be greater.", "experiment/b.yaml"),
        ("learning_rat is not a setting: Settings has row.", "experiment/b.yaml"),
        ("task.lenght is not a setting (did you mean task.length?): Adding has length.", "task/d.yaml"),
        ("task.lags is [1, 2]: it should be a number.", "task/d.yaml"),
        ("trials is not a setting here: --help lists all settings.", "mine.yaml"),
        ("task.length is 8: it should be greater.", None),
        ("task.length is 70: it should be greater.", None),
        ("own_task.length is 7: it should be greater.", None),
        ("seed is 7: it should be greater.", None),
    ],
)
def test_the_file_that_gives_the_value_is_named(tmp_path, sentence, file):
    write(tmp_path)
    assert located(sentence, [tmp_path / "nowhere", tmp_path]) == (
        f"{tmp_path / file}: {sentence}" if file else sentence
    )


def test_of_several_the_one_in_use_is_named_and_a_forgotten_first_line(tmp_path):
    write(tmp_path)
    (tmp_path / "experiment" / "a.yaml").write_text(FILES["experiment/b.yaml"])
    sentence = "learning_rat is not a setting: Settings has row."
    assert located(sentence, [tmp_path], {"experiment/b"}) == f"{tmp_path / 'experiment/b.yaml'}: {sentence}"
    told = located("experiment is not a setting: Settings has row.", [tmp_path])
    assert told.startswith(f"{tmp_path / 'experiment/c.yaml'} (its first line should be '# @package _global_'): ")


def write(folder):
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
