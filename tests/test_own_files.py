"""A sentence about a setting names the user's file that it comes from."""

import pytest

import lstm_jax
from lstm_jax.errors import InputError
from lstm_jax.own_files import located
from tests.experiments.programs import call

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


NONE = "In 'experiment/e': experiment has '6zz', of which there is no file: --help lists what there is."
LACKS = "alpha is missing: it has no default."


@pytest.mark.parametrize(
    ("text", "sentence", "wrong"),
    [
        ("# @package _global_\ndefaults: [6zz]\n", NONE, ""),
        ("defaults: [6zz]\n", NONE, " (its first line should be '# @package _global_')"),
        ("defaults: [6a]\n", LACKS, " (its first line should be '# @package _global_')"),
        ("", LACKS, " (it should have settings, by their names)"),
        ("# @package _global_\n- 6a\n", LACKS, " (it should have settings, by their names)"),
        ("# @package _global_\ndefaults: [{override /network: gruu}]\n", "network is 'gruu': allowed are gru.", ""),
    ],
)
def test_of_a_broken_file_that_file_is_named_and_none_beside_it(tmp_path, text, sentence, wrong):
    write(tmp_path)
    (tmp_path / "experiment" / "empty.yaml").write_text("")
    broken = tmp_path / "experiment" / "e.yaml"
    broken.write_text(text)
    told = sentence.removeprefix("In 'experiment/e': ")
    assert located(sentence, [tmp_path], {"experiment/e"}) == f"{broken}{wrong}: {told}"
    broken.unlink()
    assert located(sentence, [tmp_path], {"experiment/b"}) == sentence


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["(it should have settings", "is missing"]),
        ("- 6a\n", ["(it should have settings", "is missing"]),
        ("# mine.yaml\n# @package _global_\ndefaults: [6a, override /network: gru]\n", ["first line", "override"]),
        ("# @package _global_\ndefaults: [6zz]\n", ["'6zz', of which there is no file"]),
        ("# @package _global_\ndefaults: [6a, override /network: gruu]\n", ["'gruu' (did you mean gru?)"]),
    ],
)
def test_every_program_and_python_name_the_broken_file(tmp_path, text, parts):
    write(tmp_path)
    mine = tmp_path / "experiment" / "mine.yaml"
    mine.write_text(text)
    (tmp_path / "experiment" / "empty.yaml").write_text("")
    done = call("train", "--config-dir", str(tmp_path), "experiment=mine", cwd=tmp_path)
    with pytest.raises(InputError) as raised:
        lstm_jax.experiment("mine", config_dir=tmp_path)
    for told in (done.stderr, str(raised.value)):
        assert told.startswith(str(mine)) and all(part in told for part in parts)


def write(folder):
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
