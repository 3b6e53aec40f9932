"""Build the pages of the documentation: those of the package's docstrings, and those written by hand.

python docs/build.py site

The first stand in `api`, made by pdoc; README.md is the first page of the others. Nothing is fetched, and any warning,
as of a link that leads nowhere, is an error.
"""

import html
import inspect
import pkgutil
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import pdoc
import pdoc.extract
import pdoc.render
from pdoc.render_helpers import format_signature, formatter, linkify, to_html
from pydantic.dataclasses import is_pydantic_dataclass

import lstm_jax

ROOT = Path(__file__).resolve().parents[1]

LINK = re.compile(r"""(?P<before>(?:href|src)=")(?P<target>[^"#:]+)(?P<rest>(?:#[^"]*)?")""")
"""A relative link in a page."""

NOISE = re.compile(r'<div class="docstring"><p>(Alias for field number|Create new instance of)[^<]*</p>\s*</div>')
"""What Python writes about a NamedTuple whose fields have no docstrings."""

API = Path("api", "index.html")

FOOTER = "lstm-jax"
"""What stands below the names of a module until it becomes a link to the other pages."""

WIDE = "<style>@media (min-width: 770px) { main { width: calc(66rem + var(--sidebar-width)) } }</style></head>"
"""Lines of 120 letters have room."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --shade: #8881; --link: light-dark(#0060a0, #7ab8f5) }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 0 1.5rem 4rem }}
nav {{ border-bottom: 1px solid var(--line); padding: 1rem 0; margin-bottom: 1rem }}
a {{ color: var(--link) }}
img {{ max-width: 100%; background: #fff }}
img[src$="architecture.svg"] {{ background: none }}
pre, code {{ font: 14px/1.45 ui-monospace, monospace }}
pre {{ background: var(--shade); overflow-x: auto; padding: 0.7rem 1rem }}
:not(pre) > code {{ background: var(--shade); padding: 0.1em 0.3em }}
table {{ border-collapse: collapse; display: block; font-size: 14px; overflow-x: auto }}
th, td {{ border: 1px solid var(--line); padding: 0.25rem 0.6rem }}
{highlighting}
@media (prefers-color-scheme: dark) {{ .pdoc-code span {{ color: inherit }} }}
</style>
</head>
<body>
<nav>{navigation}</nav>
<main>
{content}
</main>
</body>
</html>
"""


def build(site: Path) -> None:
    """Write all pages into a folder, which is emptied first if it holds such pages.

    Raises:
        FileExistsError: the folder holds something else.
        Warning: something cannot be shown as it is meant.
        FileNotFoundError: a page links to a file that is not there.
    """
    if (site / API).exists():
        shutil.rmtree(site)
    elif site.exists() and any(site.iterdir()):
        raise FileExistsError(f"{site} holds something else than pages of the documentation.")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reference(site / "api")
        written(site)


def reference(folder: Path) -> None:
    """The pages of every module of the package."""
    specifications: list[str] = []
    covered: set[str] = set()
    for name in _names():
        if name not in covered:  # a package with __all__ does not bring its modules
            specifications.append(name)
            covered.update(pdoc.extract.walk_specs([name]))
    for name in covered:
        _show_fields(pdoc.extract.load_module(name))
    pdoc.render.env.filters |= {"format_signature": _signature, "linkify": _linked}
    pdoc.render.configure(docformat="google", footer_text=FOOTER)
    pdoc.pdoc(*specifications, output_directory=folder)
    (folder / "index.html").unlink()
    for page in folder.rglob("*.html"):
        back = f'<a href="{_relative(folder.parent / "index.html", page.parent)}">All documentation</a>'
        text = NOISE.sub("", page.read_text())
        page.write_text(text.replace(f"<footer>{FOOTER}</footer>", f"<footer>{back}</footer>").replace("</head>", WIDE))


def _show_fields(module: ModuleType) -> None:
    """Give dataclasses of pydantic the signatures that their own `__init__(*args, **kwargs)` hides."""
    for cls in vars(module).values():
        if isinstance(cls, type) and cls.__module__ == module.__name__ and is_pydantic_dataclass(cls):
            own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
            fields = inspect.signature(cls).parameters.values()
            constructor = cls.__init__
            constructor.__signature__ = inspect.Signature([own, *fields])  # pyright: ignore[reportFunctionMemberAccess]


class _Brief:
    """A type that shows itself as people read it."""

    def __init__(self, annotation: object) -> None:
        self.annotation = annotation

    def __repr__(self) -> str:
        return brief(inspect.formatannotation(self.annotation))


def _signature(signature: inspect.Signature, colon: bool) -> str:
    """The filter of pdoc's pages of this name, with brief types."""
    shown = [
        one if one.annotation is one.empty else one.replace(annotation=_Brief(one.annotation))
        for one in signature.parameters.values()
    ]
    returned = signature.return_annotation
    if returned is not signature.empty:
        returned = _Brief(returned)
    return format_signature(signature.replace(parameters=shown, return_annotation=returned), colon)


@wraps(linkify)  # and with its mark, by which the page's context is passed
def _linked(context: Any, text: str, *arguments: Any, **keywords: Any) -> str:
    """The filter of pdoc's pages of this name; what is no HTML yet is the type or the value of a variable."""
    if "<" not in text:
        text = html.escape(brief(html.unescape(text)))
    return linkify(context, text, *arguments, **keywords)


def brief(annotation: str) -> str:
    """A type as people read it: without the modules of well-known names, and without what only pydantic needs.

    >>> brief("typing.Annotated[int, FieldInfo(annotation=NoneType, metadata=[Ge(ge=1)])] = 4")
    'int = 4'
    >>> brief("jaxtyping.Float[jaxlib._jax.Array, 'units *lanes']")
    "Float[Array, 'units *lanes']"
    """
    text = re.sub(r"\b(collections\.abc|jaxtyping|jaxlib\._jax|typing)\.", "", annotation)
    while (start := text.find("Annotated[")) >= 0:
        inner = start + len("Annotated[")
        depth, comma, end = 1, None, inner
        while depth:
            if text[end] in "[(":
                depth += 1
            elif text[end] in "])":
                depth -= 1
            elif text[end] == "," and depth == 1 and comma is None:
                comma = end
            end += 1
        text = text[:start] + text[inner:comma] + text[end:]
    return text


def written(site: Path) -> None:
    """The pages written by hand, every file that they link to, and a list of the modules."""
    pages = {source: source.with_suffix(".html") for source in documents()}
    pages[Path("README.md")] = Path("index.html")
    titles = {source: _title(source) for source in pages}
    links = [*((titles[each], pages[each]) for each in pages), ("API", API)]
    for source, place in pages.items():

        def target(match: re.Match[str], source: Path = source, place: Path = place) -> str:
            file = (ROOT / source.parent / html.unescape(match["target"])).resolve().relative_to(ROOT)
            return f"{match['before']}{_relative(_copied(file, pages, site), (site / place).parent)}{match['rest']}"

        _write(site, place, titles[source], LINK.sub(target, str(to_html((ROOT / source).read_text()))), links)
    _write(site, API, "API", str(to_html(modules())), links)


def modules() -> str:
    """Every module with the first sentence of its docstring, in Markdown."""
    lines = ["# Modules", ""]
    for name in _names():
        first = (pdoc.extract.load_module(name).__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        place = "/".join(name.split("."))
        lines.append(f"- [{name}]({place}.html): {first}")
    return "\n".join(lines)


def _names() -> list[str]:
    return [lstm_jax.__name__, *(found.name for found in pkgutil.walk_packages(lstm_jax.__path__, "lstm_jax."))]


def _write(site: Path, place: Path, title: str, content: str, links: list[tuple[str, Path]]) -> None:
    folder = (site / place).parent
    folder.mkdir(parents=True, exist_ok=True)
    navigation = " · ".join(f'<a href="{_relative(site / page, folder)}">{name}</a>' for name, page in links)
    highlighting = formatter.get_style_defs(".pdoc-code")
    page = PAGE.format(title=title, highlighting=highlighting, navigation=navigation, content=content)
    (site / place).write_text(page)


def documents() -> Iterator[Path]:
    """The pages written by hand, as paths from the root; README.md first."""
    yield Path("README.md")
    for pattern in ("CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md", "experiments/README.md"):
        yield from (path.relative_to(ROOT) for path in sorted(ROOT.glob(pattern)))


def _title(source: Path) -> str:
    heading = re.search(r"^# (.*)$", (ROOT / source).read_text(), re.MULTILINE)
    assert heading, source
    return html.escape(re.split(r"[:,;(]", heading[1])[0].strip())


def _copied(file: Path, pages: dict[Path, Path], site: Path) -> Path:
    """Where the site has a file: as a page, as a module's page, or as itself."""
    if file in pages:
        return site / pages[file]
    if file.suffix == ".py" and file.parts[0] == "lstm_jax":
        module = file.parent if file.name == "__init__.py" else file.with_suffix("")
        return site / "api" / module.with_suffix(".html")
    if (ROOT / file).is_dir():
        raise FileNotFoundError(f"{file} is a folder: a page can link to files alone.")
    (site / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / file, site / file)
    return site / file


def _relative(path: Path, start: Path) -> str:
    up = 0
    while not path.is_relative_to(start):
        start, up = start.parent, up + 1
    return "../" * up + path.relative_to(start).as_posix()


if __name__ == "__main__":
    build(Path(sys.argv[1]))
