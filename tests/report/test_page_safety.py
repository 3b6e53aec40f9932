"""What the page does with hostile values: they stay text, and nothing is asked for."""

import pytest

from tests.report.dashboards import HOSTILE, copied, written

pytestmark = pytest.mark.slow


def test_values_of_configurations_and_names_of_folders_stay_text(tmp_path, opened):
    copied("6a", tmp_path, "6a-<b>bold<b>", task__name=HOSTILE, network__cell__cell_bias="=1+1")
    copied("6a", tmp_path, "other")
    broken = copied("4-1", tmp_path, "<img src=x onerror=alert(2)>")
    (broken / "summary.json").write_text("[{")
    watched = opened(written(tmp_path, tmp_path / "page.html"))
    page = watched.page
    for button in page.locator("button.opener").all():
        button.click()
    page.get_by_label("show only runs whose").select_option("task.name")
    page.get_by_label("setting", exact=True).select_option("task.name")
    page.get_by_label("group by").select_option("task.name")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_timeout(200)
    assert HOSTILE in page.locator("body").inner_text()
    assert "<img src=x onerror=alert(2)>" in page.locator("section", has_text="Left out").inner_text()
    assert page.locator("img, b, iframe").count() == 0 and page.locator("script").count() == 2
    assert watched.errors == [] and len(watched.asked) == 1


def test_the_policy_forbids_what_the_page_never_does(paper, opened):
    page = opened(paper).page
    refused = page.evaluate("""() => new Promise((done) => {
      const found = [];
      setTimeout(() => done(found), 5000);
      addEventListener("securitypolicyviolation", (event) => {
        found.push(event.effectiveDirective);
        if (found.length === 4) done(found);
      });
      const add = (name, set) => document.body.append(Object.assign(document.createElement(name), set));
      fetch("https://example.org/").catch(() => {});
      add("img", { src: "https://example.org/x.png" });
      add("script", { textContent: "window.ran = true" });
      add("iframe", { src: "https://example.org/" });
    })""")
    assert set(refused) == {"connect-src", "img-src", "script-src-elem", "frame-src"}
    assert page.evaluate("window.ran") is None
