"""The program that writes recorded results into documents."""

import re
from pathlib import Path

import pytest

from lstm_jax.errors import InputError
from lstm_jax.report.documents import fill
from lstm_jax.results import load
from lstm_jax.results.training import Summary
from tests.experiments.programs import call

ROOT = Path(__file__).parents[2]
README = Path(__file__).parents[2] / "README.md"


def test_what_was_changed_by_hand_is_what_the_records_say_again(tmp_path):
    text = README.read_text()
    changed = re.sub(r"(<!-- closest: begin -->\n).*?(\n<!-- closest: end -->)", r"\1by hand\2", text, flags=re.DOTALL)
    assert changed != text
    (tmp_path / "README.md").write_text(changed)
    done = call("report", f"documents=[{tmp_path / 'README.md'}]")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "README.md").read_text() == text


@pytest.mark.parametrize(
    ("mark", "path"),
    [
        ("order", "order/6a-92c546fe.json"),
        ("claims", "claims/drift.claim.json"),
        ("search row 2a", "search/row 2a.json"),
        ("speed", "benchmark/adding.json"),
        ("compare", "compare/comparison.json"),
        ("abuse 1-1", "abuse/abuse.json"),
    ],
)
@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_a_damaged_record_is_told_in_one_sentence(mark, path, text, tmp_path):
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)
    document = tmp_path / "x.md"
    document.write_text(f"<!-- {mark}: begin -->\n<!-- {mark}: end -->\n")
    with pytest.raises(InputError) as error:
        fill(document, tmp_path)
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)


def test_how_many_rows_come_near_is_what_their_records_say(tmp_path):
    (tmp_path / "counted.md").write_text("<!-- counted: begin -->\n<!-- counted: end -->\n")
    lines = fill(tmp_path / "counted.md", ROOT / "results").splitlines()[1:-1]
    for folder, line in zip(("closest", "paper"), lines, strict=True):
        rows: dict[str, Summary] = {}
        for run in load(ROOT / "results" / folder).runs:
            last = run.summary[-1]
            # LSTM's rows are called by a number, perhaps a letter, and a number; the run with the larger budget counts.
            if re.fullmatch(r"\d\w?(-\d)?", last.row) and last.budget >= rows.get(last.row, last).budget:
                rows[last.row] = last
        enough = near = 0
        for last in rows.values():
            assert last.paper and last.paper.presentations
            percent = last.paper.solved_percent or 100
            if last.solved >= 0.9 * percent / 100 * last.trials - 1e-9:
                enough += 1
                # Where the paper's trials were all solved, unsolved ones of ours are counted as long as they ran.
                given = last.budget if last.paper.solved_percent == 100 else None
                times = [given if at is None else at for at in last.presentations]
                ours = [at for at in times if at is not None]
                near += 0.5 <= sum(ours) / len(ours) / last.paper.presentations <= 2
        assert len(rows) == 30
        assert f"in {enough} of 30 rows at least" in line and f"in {near} of them" in line, (enough, near, line)
