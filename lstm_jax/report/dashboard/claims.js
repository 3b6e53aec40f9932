// What is claimed of learning, and whether it holds.

function claims() {
  if (!page.claims.length) return null;
  return element("section", { "aria-labelledby": "claims" }, element("h2", { id: "claims" }, "Claims"), page.claims.map((found) => [
    element("p", {}, found.about), element("p", { class: "quiet" }, found.method),
    element("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "claims and their verdicts" }, plainTable(found.columns, found.lines, { class: "words" })),
  ]));
}
