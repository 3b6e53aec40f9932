"""Claims from their files to a verdict: what a file may say, a run from end to end, tables and pictures."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import initialize_config_dir

from experiments import figures as drawings
from experiments.claims import choose, job, read_claim
from lstm_jax.composition import OF_HYDRA_1_3
from lstm_jax.errors import InputError
from lstm_jax.places import CONFIGS
from lstm_jax.report import claims as report
from lstm_jax.report.columns import markdown
from lstm_jax.report.dashboard import nets
from lstm_jax.report.documents import judged
from lstm_jax.results.claim_tests import Sample
from lstm_jax.results.claims import ENDING, Claim, Finding, Measure, judge, read, write
from tests.experiments.programs import call
from tests.report.dashboards import RESULTS

FIELDS = {"text": "a is faster", "source": "nowhere", "design": "a beside b", "expect": "faster"}
OWN = {**FIELDS, "settings": {"a": ("experiment=6a",), "b": ("experiment=6a", "alpha=0.1")}}
NAMES = sorted(path.stem for path in (Path(CONFIGS) / "claim").glob("*.yaml"))


def finding(name="own", fast=(100, 110, 120, 130, 140), slow=(900, None, None, None, 950), **changes):
    samples = (Sample("a", (), fast, 1000), Sample("b", (), slow, 1000))
    return Finding(name=name, claim=Claim(**{**OWN, **changes}), reading="printed", samples=samples, seconds=61.0)


@pytest.mark.slow
def test_every_file_of_ours_is_a_claim_whose_settings_compose():
    with initialize_config_dir(CONFIGS, **OF_HYDRA_1_3):
        from hydra import compose

        config = compose("claims")
        assert choose("all") == NAMES and len(NAMES) >= 20
        for name in NAMES:
            claim = read_claim(name, None)
            for reading in claim.readings:
                for setting in claim.settings:
                    settings = job(config, name, claim, reading, setting).experiment.settings
                    assert settings.seed == config.seed and settings.trials == claim.trials


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"expect": "nicer"}, "expect is 'nicer'"),
        ({"settings": {"a": ("experiment=6a",)}}, "settings has 1: faster asks for 2."),
        ({"numbers": (1.0, 2.0)}, "numbers is [1.0, 2.0]: faster asks for none."),
        ({"expect": "larger"}, "measure is missing: larger asks for one."),
        ({"trials": 3}, "trials is 3"),
        ({"readings": ()}, "readings is []"),
        ({"text": ""}, "text is ''"),
        (
            {"expect": "grows", "settings": {x: ("experiment=6a",) for x in "abc"}, "numbers": (1.0, 2.0)},
            "numbers is [1.0, 2.0]: grows asks for 3, one for each setting.",
        ),
        (
            {"expect": "grows", "settings": {x: ("experiment=6a",) for x in "abc"}, "numbers": (2.0, 2.0, 2.0)},
            "numbers is [2.0, 2.0, 2.0]: they should differ.",
        ),
        (
            {"expect": "larger", "program": "guess", "measure": Measure("drift", 10, "mean |s|")},
            "program is 'guess': it should be 'train' where a measure is taken.",
        ),
    ],
)
def test_a_claim_says_what_its_expectation_needs(changes, told):
    with pytest.raises(InputError) as error:
        Claim(**{**OWN, **changes})
    assert str(error.value).startswith(told)


def test_a_verdict_takes_the_number_of_claims_into_account():
    one = finding()
    assert judge([one])[0].verdict == "holds"
    assert judge([finding(fast=one.samples[1].trials, slow=one.samples[0].trials)])[0].verdict == "does not hold"
    weak = finding(slow=(100, 110, 130, 200, 210))
    many = judge([one, *[weak] * 40])
    assert many[0].effect and many[0].effect.p < 0.05 < many[0].corrected and many[0].verdict == "open"
    unsolved = finding(fast=(None,) * 5, slow=(None,) * 5)
    assert unsolved.effect is None and judge([unsolved])[0].verdict == "open"
    # Holm multiplies by the number of findings, those of which nothing is known among them.
    assert judge([one, unsolved])[0].corrected == pytest.approx(2 * many[0].effect.p)


@pytest.fixture
def own(tmp_path):
    (tmp_path / "mine" / "claim").mkdir(parents=True)
    (tmp_path / "mine" / "claim" / "own.yaml").write_text(
        "text: a is learned\nsource: mine\ndesign: a\nexpect: most\n"
        "settings:\n  a: [experiment=3a-1, task.length=20, budget=4000, row=own]\n"
        "trials: 4\nreadings: [printed]\n"
    )
    (tmp_path / "mine" / "claim" / "drifts.yaml").write_text(
        "text: states drift\nsource: mine\ndesign: a\nexpect: larger\n"
        "settings:\n  a: [experiment=6a, network.cell.input_gate_bias=random]\n  b: [experiment=6a]\n"
        "trials: 4\nreadings: [printed]\nmeasure: {name: drift, at: 10, in_words: mean |s|}\n"
    )
    (tmp_path / "mine" / "claim" / "guessed.yaml").write_text(
        "text: it is guessed\nsource: mine\ndesign: a\nexpect: most\nprogram: guess\n"
        "settings:\n  a: [task=parity, task.min_length=5, task.max_length=8, budget=20000, test_sequences=10]\n"
        "trials: 4\nreadings: [printed]\n"
    )
    (tmp_path / "mine" / "claim" / "streams.yaml").write_text(
        "text: streams are learned\nsource: mine\ndesign: a\nexpect: few\nprogram: continual\n"
        "settings:\n  a: [variant=reset, budget=500, curve_interval=500, training_streams=77]\n"
        "trials: 4\nreadings: [printed]\n"
    )
    return tmp_path


@pytest.mark.slow
def test_claims_of_ones_own_run_resume_and_are_shown(own):
    arguments = ["names=[own,drifts,guessed,streams]", "--config-dir", "mine"]
    done = call("claims", *arguments, cwd=own)
    assert done.returncode == 0, done.stderr
    assert "Written to runs/claims," in done.stdout and "As printed: " in done.stdout
    records = own / "runs" / "claims"
    first = {
        path.name.removesuffix(ENDING): json.loads(path.read_text())["findings"] for path in records.glob("*.json")
    }
    assert sorted(first) == ["drifts", "guessed", "own", "streams"]
    (ran,) = first["own"]
    assert "corrected" not in ran
    assert len(ran["samples"][0]["trials"]) == 4 and ran["samples"][0]["budget"] == 4000
    (streams,) = first["streams"][0]["samples"]
    assert (streams["trials"], streams["budget"]) == ([None] * 4, 77)
    assert all(at > 0 for sample in first["drifts"][0]["samples"] for at in sample["trials"])
    assert "finished before" in call("claims", "names=[own]", "--config-dir", "mine", cwd=own).stdout
    found, provenances, left_out = read(records)
    assert not left_out
    assert [one.name for one in found] == ["drifts", "guessed", "own", "streams"] and len(provenances) == 4
    drawn = call("figures", "figures=[claims]", "results=runs", "folder=p", "formats=[svg]", cwd=own)
    assert "claims (svg)" in drawn.stdout
    shown = (own / "p" / "claims.svg").read_text()
    assert all(f"<!-- {counted} -->" in shown for counted in ("presentations", "guesses", "training streams"))
    (shown,) = nets([own / "runs"])["claims"]
    assert shown["lines"][2][:3] == ["a is learned", found[2].verdict, "as printed"]
    text = judged(records, "")
    assert "| a is learned | mine | a |" in text and "Every finding" in text and "(as printed)" in text


ONE = "text: a\nsource: b\ndesign: c\nreadings: [printed]\n"
MEASURE = "measure: {name: drift, at: 10, in_words: x}\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("expect: most\nsettings:\n  a: experiment=6a\n", "claim bad.settings.a is 'experiment=6a': it should be"),
        ("expect: most\nsettings:\n  a: [experiment=9z]\n", "claim bad, experiment=9z reading=printed: "),
        ("expect: most\nsettings:\n  a: [budget=7]\n", "claim bad, budget=7 reading=printed: budget is 7"),
        ("expect: most\nsettings:\n  a: [trials=3]\n", "claim bad.settings.a has 'trials=3': trials is the same for"),
        (
            "expect: most\nsettings:\n  a: [study=lags_2c]\n",
            "claim bad.settings.a has 'study=lags_2c': study is a sweep",
        ),
        (
            "expect: most\nprogram: continual\nsettings:\n  a: [variants=all]\n",
            "claim bad.settings.a has 'variants=all': variants is a list, and a setting has one variant.",
        ),
        ("expect: most\n", "claim bad.settings is None"),
        ("expect: most\nsettings:\n  a: []\nfoo: 3\n", "claim bad.foo is not a setting"),
        ("expect: larger\nmeasure: 3\nsettings:\n  a: []\n  b: []\n", "claim bad.measure is 3: it needs the fields"),
        (
            f"expect: larger\n{MEASURE}settings:\n  a: [network=gru]\n  b: []\n",
            "claim bad, network=gru reading=printed: measure.name is 'drift': only nets of memory_blocks have it.",
        ),
        ("program: dance\nexpect: most\nsettings:\n  a: []\n", "claim bad.program is 'dance'"),
        (None, "claim bad is ['a']: it should have text, source"),
    ],
)
def test_a_claim_that_is_wrong_is_told_in_one_sentence(content, told, own):
    (own / "mine" / "claim" / "bad.yaml").write_text("- a\n" if content is None else ONE + content)
    refused(own, told, "names=[bad]")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["names=[nothing]"], "names has 'nothing'"),
        (["names=[recal]"], "(did you mean recall?): allowed are "),
        (["names=[recal]"], "(lstm-jax claims names=[] lists all)."),
        (["names=[]"], "names is []"),
        (["names=[own]", "trials=2"], "claim own.trials is 2"),
        (["names=[own]", "records=3"], "records is 3: it should be the path of a directory"),
        (["names=[own]", "records=mine/claim/own.yaml"], "records is 'mine/claim/own.yaml'"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, told, own):
    refused(own, told, *arguments)


def refused(own: Path, told: str, *arguments: str) -> None:
    done = call("claims", *arguments, "--config-dir", "mine", cwd=own)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1 and told in done.stderr
    assert not [path for path in (own / "runs").rglob("*") if path.is_file()]


def test_a_folder_without_claims_is_named(tmp_path):
    with pytest.raises(InputError, match=r"it should hold findings about claims .*, and has none"):
        read(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: [content],
        lambda content: content.pop("findings"),
        lambda content: content.update(findings="abc"),
        lambda content: content.update(provenance=3),
        lambda content: content["findings"][0].pop("claim"),
        lambda content: content["findings"][0]["claim"].update(expect="nicer"),
        lambda content: content["findings"][0].update(samples=[]),
        lambda content: content["findings"][0]["samples"][0].update(trials=[]),
        lambda content: content["findings"][0]["samples"][0].update(trials=[1, "a"]),
        lambda content: content["findings"][0]["samples"][0].update(budget=100),
        lambda content: content["findings"][0].update(reading="bogus"),
    ],
)
def test_a_damaged_record_is_named_and_the_others_are_shown(damage, tmp_path, capsys):
    content = json.loads((RESULTS / "claims" / f"drift{ENDING}").read_text())
    damaged = damage(content)
    # Its folder may be called as its owner likes.
    folder = tmp_path / "mine"
    folder.mkdir()
    path = folder / f"a{ENDING}"
    path.write_text(json.dumps(damaged if isinstance(damaged, list) else content))
    with pytest.raises(InputError, match=re.escape(str(path))):
        read(folder)
    shown = nets([tmp_path])
    assert list(shown["left_out"]) == [str(folder)] and path.name in shown["left_out"][str(folder)]
    write(folder, "whole", [finding()], {"command": "none"})
    judged_ones = read(folder)
    assert [one.name for one in judged_ones.found] == ["own"] and list(judged_ones.left_out) == [path]
    shown = nets([tmp_path])
    assert [line[0] for line in shown["claims"][0]["lines"]] == ["a is faster"]
    (why,) = shown["left_out"].values()
    assert list(shown["left_out"]) == [str(path)]
    assert "InputError" not in why
    with pytest.raises(InputError, match=re.escape(str(path))):
        judged(folder, "")
    assert drawings.claims(tmp_path, tmp_path, ["svg"]) == ["claims"]
    assert str(path) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fast": (-5, 110)}, "a trial of a that needed -5, with a budget of 1000"),
        ({"slow": (1001, None)}, "a trial of b that needed 1001, with a budget of 1000"),
        ({"slow": (0.5, None)}, "a trial of b that needed 0.5, with a budget of 1000"),
        ({"readings": ("closest",)}, "a reading that is not one of closest"),
    ],
)
def test_what_a_record_says_is_possible(changes, told, tmp_path):
    write(tmp_path, "own", [finding(**changes)], {})
    with pytest.raises(InputError, match=re.escape(f"own{ENDING} is damaged: own, printed, has {told}.")):
        read(tmp_path)


def test_a_budget_is_one_of_some_presentations(tmp_path):
    one = finding()
    write(tmp_path, "own", [replace(one, samples=(one.samples[0], replace(one.samples[1], budget=0)))], {})
    with pytest.raises(InputError, match="that needed 900, with a budget of 0"):
        read(tmp_path)


def test_a_finding_counts_once(tmp_path):
    for name in ("a", "b"):
        write(tmp_path, name, [finding()], {})
    found = read(tmp_path)
    assert len(found.found) == 1 and found.left_out == {
        tmp_path / f"b{ENDING}": f"{tmp_path / f'b{ENDING}'} has own, printed, which another file has, too."
    }


def test_a_reading_of_ones_own_has_its_name():
    assert report.called("mine") == "mine" and report.called("linear_output") == "linear output units"


def test_tables_say_what_was_found():
    found = judge([finding(), replace(finding(slow=(None,) * 5, fast=(None,) * 5), reading="closest")])
    assert report.counted(found) == (
        "Closest reading: 0 hold, 0 do not, 1 stay open of 1; as printed: 1 hold, 0 do not, 0 stay open of 1."
    )
    short = markdown(report.SHORT, report.by_claim(found)).splitlines()
    assert short[2:] == ["| a is faster | nowhere | a beside b | **holds** (as printed); **open** (closest reading) |"]
    line = markdown(report.COLUMNS, found).splitlines()[2]
    ratio = (900 + 950 + 3000) / (100 + 110 + 120 + 130 + 140)
    assert f"| holds | {ratio:.3g} [" in line and "| a: 5/5; b: 2/5 |" in line
    assert "log-rank" in report.method(found)
