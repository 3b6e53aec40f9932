"""Every source file has tests that are found: by its name, or in the table of CONTRIBUTING.md."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = {
    path.relative_to(ROOT)
    for folder in ("lstm_jax", "experiments", "hydra_plugins")
    for path in (ROOT / folder).rglob("*.py")
    if path.name != "__init__.py"
}


def table() -> list[tuple[list[str], list[str]]]:
    """The rows of the map: sources and where their tests are, both paths or patterns."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split("## Where the tests of a file are\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    return [(re.findall("`(.+?)`", sources), re.findall("`(.+?)`", tests)) for sources, tests in rows]


def has_test_of_its_name(source: Path) -> bool:
    """In the folder of `tests` that is called as the source's package is."""
    top, *packages, name = source.parts
    folder = {"lstm_jax": packages[:1], "experiments": [top, *packages], "hydra_plugins": []}[top]
    return any(ROOT.joinpath("tests", *folder).glob(f"test_{name}"))


def test_the_tests_of_every_source_file_are_found():
    mapped = {path for sources, _ in table() for pattern in sources for path in matching(pattern)}
    assert not {str(path) for path in SOURCES - mapped if not has_test_of_its_name(path)}


def test_the_table_names_what_there_is_and_has_no_test_of_its_name():
    for sources, tests in table():
        assert tests
        for pattern in sources:
            found = matching(pattern)
            assert found and not [path for path in found if has_test_of_its_name(path)], pattern
        for path in tests:
            assert Path(path).name.startswith("test_") and (ROOT / "tests" / path).is_file(), path


def matching(pattern: str) -> set[Path]:
    return {path.relative_to(ROOT) for path in ROOT.glob(pattern)} & SOURCES
