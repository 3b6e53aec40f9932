"""The program that writes recorded results into documents."""

import re
from pathlib import Path

from tests.experiments.programs import call

README = Path(__file__).parents[2] / "README.md"


def test_what_was_changed_by_hand_is_what_the_records_say_again(tmp_path):
    text = README.read_text()
    changed = re.sub(r"(<!-- closest: begin -->\n).*?(\n<!-- closest: end -->)", r"\1by hand\2", text, flags=re.DOTALL)
    assert changed != text
    (tmp_path / "README.md").write_text(changed)
    done = call("report", f"documents=[{tmp_path / 'README.md'}]")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "README.md").read_text() == text
