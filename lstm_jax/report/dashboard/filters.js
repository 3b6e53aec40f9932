// Which runs the tables show: by words, and by the values of what differs between runs.

// Filters of one field are alternatives, those of several fields conditions; every word has to be somewhere.
function chosen(runs) {
  if (page.runs.length < 2) return runs; // there are no controls
  const names = [...new Set(choices.filters.map(([name]) => name))];
  const passes = (run, name) => choices.filters.some(([own, value]) => own === name && facet(run, name) === value);
  const words = plain(choices.search).split(" ").filter(Boolean).map((word) => new RegExp(`(?<![a-z0-9])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`));
  return runs.filter((run) => names.every((name) => passes(run, name)) && words.every((word) => word.test(haystack(run))));
}

// All that is said of a run: words are looked up by their beginnings.
function haystack(run) {
  run.haystack ??= plain([run.name, titles(run), run.departs.closest ? "closest reading" : "", ...run.departs.words,
    ...(run.departs.words.length || run.departs.settings.length ? [] : conditions(run)),
    ...run.stages.flatMap((stage) => [stage.label, stage.verdict ?? ""]),
    ...Object.keys(facets(run)).flatMap((name) => [`${name}=${facet(run, name)}`, facet(run, name)])].join(" "));
  return run.haystack;
}

// Words as they are compared: names of readings and settings are written with underscores.
function plain(text) {
  return text.toLowerCase().replaceAll("_", " ").replace(/\s+/g, " ").trim();
}

function titles(run) {
  return page.tables.filter((table) => Object.hasOwn(table.rows, run.row)).map((table) => `${table.name} ${table.title} ${table.rows[run.row].about}`).join(" ");
}

function filters(redraw) {
  const names = varying();
  if (page.runs.length < 2) return null;
  const told = element("p", { class: "quiet" });
  const value = element("div", { class: "choice", focusout: () => leave() }), chips = element("div", {});
  let field = "", own = null, timer = null;
  const change = () => {
    const text = `${chosen(page.runs).length} of ${page.runs.length} runs are shown.`;
    remember();
    redraw();
    tell(text);
    told.textContent = text;
    drawChips();
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(change, 150); // while somebody types, or goes through values by the arrow keys
  };
  const search = element("input", { type: "search", id: "search", value: choices.search, input: () => {
    choices.search = search.value;
    soon();
  } });
  // Arrow keys choose every value that they come to: each takes the place of the one before, until the reader leaves the
  // box. Whoever comes back adds an alternative.
  const put = (wanted) => {
    choices.filters = choices.filters.filter((filter) => filter !== own);
    own = wanted === undefined || choices.filters.some(([n, v]) => n === field && v === wanted) ? null : [field, wanted];
    if (own) choices.filters.push(own);
    soon();
  };
  const leave = () => {
    own = null;
    value.querySelector("select").value = "";
  };
  const drawValue = () => {
    own = null;
    const values = ordered(page.runs, field);
    const options = values.map((v, i) => [String(i), v.length > 60 ? `${v.slice(0, 59)}…` : v]);
    value.replaceChildren(field ? choice("is", [["", "(choose)"], ...options], "", (i) => put(values[i])) : "");
  };
  const drawChips = () => chips.replaceChildren(choices.filters.length ? element("ul", { class: "chips", "aria-label": "Filters" },
    choices.filters.map(([n, v], i) => element("li", {}, element("button", { type: "button", "aria-label": `Remove the filter ${n} is ${v}`,
      click: () => { choices.filters.splice(i, 1); change(); search.focus(); } }, `${n} is ${v} ✕`))),
    element("li", {}, element("button", { type: "button", click: () => { choices.filters = []; change(); search.focus(); } }, "Show all"))) : "");
  told.textContent = `${chosen(page.runs).length} of ${page.runs.length} runs are shown.`;
  drawChips();
  // What else shows all runs again.
  filters.clear = () => {
    [choices.filters, choices.search, search.value] = [[], "", ""];
    change();
  };
  return element("div", {}, element("div", { class: "controls", role: "group", "aria-label": "Filter" },
    element("div", { class: "choice" }, element("label", { for: "search" }, "search rows, settings, verdicts"), search),
    choice("show only runs whose", [["", "(choose)"], ...names.map((n) => [n, n])], "", (n) => { field = n; drawValue(); }), value), chips, told);
}
