"""The page for everybody: keyboard, words for pictures, filters, phones, dark and light, whole words, axe's rules."""

import pytest

from lstm_jax.results import load
from tests.report.dashboards import copied, opener, written

pytestmark = pytest.mark.slow


WORDS = """() => {
  const broken = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode;
    if (text.parentElement.closest("script, style, svg, select")) continue;
    for (const word of text.data.matchAll(/[\\p{L}\\p{N}_]+/gu)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((place) => Math.round(place.top))).size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""
"""Words that stand in two lines."""

OUTSIDE = """() => {
  const outside = [];
  const within = (inner, outer, spare) => inner.left >= outer.left - spare && inner.right <= outer.right + spare
    && inner.top >= outer.top - spare && inner.bottom <= outer.bottom + spare;
  for (const picture of document.querySelectorAll("svg[role=img]")) {
    const place = picture.getBoundingClientRect();
    for (const text of picture.querySelectorAll("text")) {
      if (!within(text.getBoundingClientRect(), place, 1)) outside.push(`${text.textContent} of ${picture.ariaLabel}`);
    }
    if (picture.matches(".strip")) {
      for (const mark of picture.querySelectorAll("path, line, circle")) {
        if (!within(mark.getBoundingClientRect(), place, 1)) outside.push(`${mark.outerHTML} of ${picture.ariaLabel}`);
      }
      continue;
    }
    const axes = picture.querySelector("path.axis").getBBox();
    const ends = picture.querySelector("clipPath[id^=within] rect").getBBox();
    if (Math.abs(ends.x - axes.x) > 1 || Math.abs(ends.width - axes.width) > 2 || Math.abs(ends.y - axes.y) > 1
      || Math.abs(ends.height - axes.height) > 2) outside.push(`the ends of ${picture.ariaLabel}`);
    for (const mark of picture.querySelectorAll(".line, .band, .rule, .tile")) {
      if (!mark.closest("[clip-path^='url(#within-']")) outside.push(`${mark.outerHTML} of ${picture.ariaLabel}`);
    }
  }
  return outside;
}"""
"""What is drawn outside its axes, or outside its picture."""


@pytest.mark.parametrize("width", [420, 1200])
def test_no_word_is_broken_and_nothing_is_drawn_outside_its_axes(paper, opened, width):
    page = opened(paper, width=width).page
    opener(page, "6a").first.click()
    opener(page, "1-1").first.click()
    page.wait_for_timeout(200)
    assert page.evaluate(WORDS) == []
    assert page.evaluate(OUTSIDE) == []


def test_the_keyboard_reaches_everything_in_order(paper, opened):
    page = opened(paper).page
    reached = []
    for _ in range(45):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText.trim() || document.activeElement.id"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached[0] == "To what came out"
    parts = [
        "What came out",
        "The arena",
        "Tables",
        "Settings and runs",
        "Inside a net",
        "Error flow",
        "◐ light or dark",
    ]
    following = ["1-1 embedded Reber grammar", "docs/experiment-1.md", "search"]
    places = [reached.index(name) for name in [*parts, *following]]
    assert places == sorted(places) and places[6] - places[0] == 6
    page.locator(".list .sorter", has_text="solved").focus()
    page.keyboard.press("Enter")
    heading = page.locator(".list th", has_text="solved")
    assert heading.get_attribute("aria-sort") == "ascending"
    # Settings that differ from run to run have columns, too.
    place = page.locator(".list thead th").all_inner_texts().index("solved")
    solved = [row.locator("td, th").nth(place).inner_text() for row in page.locator(".list tbody tr").all()]
    shares = [int(a) / int(b) for a, b in (text.split("/") for text in solved)]
    assert shares == sorted(shares)


def test_a_verdict_is_explained_by_pointer_keyboard_and_description(paper, opened):
    page = opened(paper).page
    mark = page.locator('tbody[data-run^="1-elman-"] .verdict')
    row = page.locator('tbody[data-run^="1-elman-"] tr.figures').inner_text()
    assert "0/30" in row and mark.inner_text() == "agrees"
    meaning = "no trial of the paper's was solved, and none of ours"
    described = page.locator(f"#{mark.get_attribute('aria-describedby')}")
    assert described.text_content() == meaning
    tip = page.locator("#tip")
    assert not tip.is_visible()
    mark.focus()
    assert tip.is_visible() and tip.inner_text() == meaning
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    mark.hover()
    assert tip.is_visible()
    tip.hover()  # it can be read with the pointer on it
    assert tip.is_visible()
    page.mouse.move(5, 5)
    assert not tip.is_visible()


def chosen(page) -> list[str]:
    return page.locator("tbody.run").evaluate_all("(all) => all.map((one) => one.dataset.run)")


def test_filters_show_the_runs_that_they_name(paper, opened):
    page = opened(paper).page
    runs = load(paper.parent).runs
    # Nothing is chosen for the reader.
    assert page.get_by_label("show only runs whose").input_value() == "" and len(chosen(page)) == len(runs)
    assert page.get_by_label("is", exact=True).count() == 0
    page.get_by_label("show only runs whose").select_option("verdict")
    page.get_by_label("is", exact=True).select_option("agrees")
    page.wait_for_timeout(400)
    wanted = {run.name for run in runs if run.summary[-1].verdict == "agrees"}
    assert sorted(chosen(page)) == sorted(wanted)
    page.get_by_label("show only runs whose").select_option("optimizer.learning_rate")
    page.get_by_label("is", exact=True).select_option("0.5")
    page.wait_for_timeout(400)
    wanted = {
        name for name in wanted for run in runs if run.name == name and run.fields["optimizer.learning_rate"] == 0.5
    }
    assert wanted and sorted(chosen(page)) == sorted(wanted)
    assert page.locator("#told").inner_text() == f"{len(wanted)} of {len(runs)} runs are shown."
    page.get_by_role("button", name="Remove the filter verdict is agrees").click()
    page.get_by_role("button", name="Show all").click()
    assert len(chosen(page)) == len(runs)


def test_a_chosen_value_filters_at_once_by_mouse_and_by_keyboard(paper, opened):
    page = opened(paper).page
    runs = load(paper.parent).runs
    chips = page.get_by_label("Filters", exact=True).get_by_role("button", name="Remove")
    field, value = page.get_by_label("show only runs whose"), page.get_by_label("is", exact=True)
    field.focus()
    field.select_option("verdict")
    assert value.locator("option").first.inner_text() == "(choose)" and len(chosen(page)) == len(runs)
    # Beside its neighbour, and the next stop of the keyboard.
    here, there = field.bounding_box(), value.bounding_box()
    assert here["y"] == there["y"] and here["height"] == there["height"]
    page.keyboard.press("Tab")
    words = value.locator("option").all_inner_texts()[1:]
    for i, word in enumerate(words[:3]):  # on the way to the third the first two are chosen, too, and left again
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(400)
        assert chips.all_inner_texts() == [f"verdict is {word} ✕"], i
        assert len(chosen(page)) == sum(run.summary[-1].verdict == word for run in runs)
        assert page.evaluate("document.activeElement.selectedOptions?.[0].text") == word
    # Who leaves the box and comes back adds an alternative.
    page.keyboard.press("Tab")
    assert value.input_value() == ""
    value.select_option(label=words[0])
    page.wait_for_timeout(400)
    assert chips.all_inner_texts() == [f"verdict is {words[2]} ✕", f"verdict is {words[0]} ✕"]
    assert len(chosen(page)) == sum(run.summary[-1].verdict in (words[0], words[2]) for run in runs)
    # What is chosen twice counts once, and "(choose)" takes the last choice back.
    value.select_option(label="(choose)")
    page.wait_for_timeout(400)
    assert chips.all_inner_texts() == [f"verdict is {words[2]} ✕"]
    value.select_option(label=words[2])
    page.wait_for_timeout(400)
    chips.first.click()
    assert chips.count() == 0 and len(chosen(page)) == len(runs)


def test_words_are_looked_up_in_names_settings_and_verdicts(paper, opened):
    page = opened(paper).page
    runs = load(paper.parent).runs
    for words, wanted in (
        ("Multiplication", {run.name for run in runs if run.row == "5"}),
        ("reber FULL gradient", {run.name for run in runs if run.row == "1-1" and run.fields["gradient"] == "bptt"}),
        (
            "chunker not reproduced",
            {run.name for run in runs if "chunker" in run.row and run.summary[-1].verdict == "not reproduced"},
        ),
        (
            "learning_rate=0.5",
            {run.name for run in runs if str(run.fields["optimizer.learning_rate"]).startswith("0.5")},
        ),
        # Beginnings of words: "near" is not in "linear". Underscores, with which names are typed, stand for spaces.
        ("multi_plication", set()),
        (
            "Not_Reproduced chunker",
            {run.name for run in runs if "chunker" in run.row and run.summary[-1].verdict == "not reproduced"},
        ),
        ("near", {run.name for run in runs if "near" in {stage.verdict for stage in run.summary}}),
        ("nonsense", set()),
    ):
        page.get_by_label("search rows, settings, verdicts").fill(words)
        page.wait_for_timeout(400)  # it waits until nobody types
        assert sorted(chosen(page)) == sorted(wanted), words
        if words == "Multiplication":
            others = "Table 1, Table 2, Experiment 2b: the same with a random middle (in the text), Table 3, Table 4, "
            assert f"Not shown here: {others}Table 5, Table 6, Table 7, Table 9." in page.locator("main").inner_text()
    # The first screen leads to a run that the words hide.
    page.locator("table.outcome a", has_text="6a temporal order").click()
    assert opener(page, "6a").get_attribute("aria-expanded") == "true" and len(chosen(page)) == len(runs)


def test_rows_lead_to_their_pages_where_these_are(paper, tmp_path, opened):
    page = opened(paper).page
    link = page.locator("table.outcome a", has_text="docs/experiment-4.md")
    assert link.get_attribute("href") == "../docs/experiment-4.md"
    copied("6a", tmp_path)
    page = opened(written(tmp_path, tmp_path / "page.html")).page
    assert page.locator("a[href*=docs]").count() == 0
    assert "docs/experiment-6.md" in page.locator("table.outcome").inner_text()


CELLS = """(all) => all.filter((cell) => cell.offsetHeight).map((cell) => {
  const value = document.createRange();
  value.selectNodeContents(cell);
  const { display, content } = getComputedStyle(cell, "::before");
  const left = Math.round(value.getBoundingClientRect().left);
  return [cell.dataset.name, display === "none" ? "" : content.slice(1, -1), left];
})"""
"""Of cells that are seen: what stands above their column, the label that is shown, and where their value begins."""


def test_a_card_has_a_label_for_every_value_and_parts_the_stages_of_a_row(paper, opened):
    page = opened(paper, width=420).page
    stages = page.locator('tbody[data-run^="3a-1-"] > tr.figures')
    for stage, names in zip(stages.all(), (["time"], []), strict=True):
        found = stage.locator("td").evaluate_all(CELLS)
        assert [name for name, _, _ in found] == [
            "solved",
            "mean [95 %] (all trials)",
            "paper's mean",
            "ratio",
            "trials",
            "verdict",
            "wrong (paper's)",
            *names,
        ]
        # The picture explains itself.
        assert all(label == ("" if name == "trials" else name) for name, label, _ in found)
        assert len({left for name, _, left in found if name != "trials"}) == 1
    # The stage's name stands out, what is said of its net does not.
    about = page.locator('tbody[data-run^="1-2-"] > tr.figures > th > .quiet').first
    weights = [one.evaluate("(one) => getComputedStyle(one).fontWeight") for one in (stages.last.locator("th"), about)]
    assert weights == ["600", "400"]
    first, second = (stage.bounding_box() for stage in stages.all())
    assert first and second and second["y"] > first["y"] + first["height"] + 4
    assert stages.last.evaluate("(one) => getComputedStyle(one).borderTopWidth") == "1px"


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_everything_without_scrolling_sideways(paper, opened, width):
    page = opened(paper, width=width, height=700).page
    opener(page, "6a").click()
    page.get_by_label("measure").select_option("median")
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Drawn for this width, not shrunk: letters keep their size.
    drawn = "(all) => Math.min(...all.map((one) => one.clientWidth / one.viewBox.baseVal.width))"
    assert page.locator("figure > div > svg").evaluate_all(drawn) > 0.95
    small = page.locator("button:visible:not(.opener):not(.sorter)").evaluate_all(
        "(all) => Math.min(...all.map((b) => b.clientHeight))"
    )
    assert small >= 36


def test_dark_light_and_paper_have_their_colours(paper, opened):
    background = "getComputedStyle(document.body).backgroundColor"
    page = opened(paper, color_scheme="dark").page
    assert page.evaluate(background) == "rgb(21, 24, 27)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.emulate_media(media="screen", color_scheme="dark")
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.evaluate(background) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_of(paper, opened, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(paper, color_scheme=scheme).page
    opener(page, "6a").first.click()
    page.get_by_label("show only runs whose").select_option("verdict")
    page.locator("table.outcome .verdict").first.hover()
    page.locator("tr.detail summary", has_text="All settings").click()
    page.locator("tr.detail summary", has_text="Trials").click()
    page.wait_for_timeout(300)
    found = axe.Axe().run(page).response
    assert [f"{rule['id']}: {place['html'][:200]}" for rule in found["violations"] for place in rule["nodes"][:3]] == []
