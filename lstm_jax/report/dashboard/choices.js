// What the reader chose; kept when the page is loaded anew, as it is while a run is watched.

const page = JSON.parse(document.getElementById("data").textContent);
for (const run of page.runs) run.fields = { ...page.shared, ...run.fields };
const KEY = `lstm-jax ${location.pathname}`;
const choices = Object.assign(
  { open: [], filters: [], group: "", x: "", y: "", measure: "share", compared: [], trace: "", theme: "", paused: false },
  remembered(),
);

function remembered() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // no storage: the choices last as long as the page
  }
}

function remember() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(choices));
  } catch { /* as above */ }
}

// Everything a run can be filtered, grouped and sorted by, as text.
function facets(run) {
  if (!run.facets) {
    const last = run.stages.at(-1);
    run.facets = { row: run.row, verdict: last.verdict ?? "no figure in the paper", finished: run.finished };
    for (const [name, value] of Object.entries(run.fields)) if (name !== "row") run.facets[name] = value;
  }
  return run.facets;
}

function facet(run, name) {
  return Object.hasOwn(facets(run), name) ? shown(facets(run)[name]) : "(has none)";
}

// Names of what differs between runs, those first that differ between runs of the same row.
function varying(runs) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(facets(run))))];
  const different = (some, name) => new Set(some.map((run) => facet(run, name))).size > 1;
  const byRow = [...grouped(runs, "row").values()];
  const within = names.filter((name) => byRow.some((some) => different(some, name)));
  const inputs = within.filter((name) => !["verdict", "finished", "budget"].includes(name));
  return [...new Set([...inputs, ...within, ...names.filter((name) => different(runs, name))])];
}

function grouped(runs, name) {
  const groups = new Map();
  for (const run of runs) {
    const value = name ? facet(run, name) : "";
    if (!groups.has(value)) groups.set(value, []);
    groups.get(value).push(run);
  }
  return groups;
}

// Filters of one field are alternatives, those of several fields conditions.
function chosen(runs) {
  const names = [...new Set(choices.filters.map(([name]) => name))];
  const passes = (run, name) => choices.filters.some(([own, value]) => own === name && facet(run, name) === value);
  return runs.filter((run) => names.every((name) => passes(run, name)));
}

function numerically(a, b) {
  const [x, y] = [Number(a), Number(b)];
  return Number.isFinite(x) && Number.isFinite(y) ? x - y : String(a).localeCompare(String(b), "en", { numeric: true });
}

// Controls that narrow everything below them.
function filters(redraw) {
  const names = varying(page.runs);
  if (!names.length) return null;
  let field = choices.filters.at(-1)?.[0] ?? (names.includes("verdict") ? "verdict" : names[0]);
  const holder = element("div", {});
  const build = () => {
    const values = [...new Set(page.runs.map((run) => facet(run, field)))].sort(numerically);
    let value = values[0];
    holder.replaceChildren(
      element("div", { class: "controls", role: "group", "aria-label": "Filter" },
        choice("show only runs whose", names.map((n) => [n, n]), field, (n) => { field = n; build(); }),
        choice("is", values.map((v) => [v, v.length > 60 ? `${v.slice(0, 59)}…` : v]), value, (v) => { value = v; }),
        element("button", { type: "button", click: () => {
          if (!choices.filters.some(([n, v]) => n === field && v === value)) choices.filters.push([field, value]);
          change();
        } }, "Filter"),
        choices.filters.length ? element("button", { type: "button", click: () => { choices.filters = []; change(); } }, "Show all") : null),
      choices.filters.length ? element("ul", { class: "chips", "aria-label": "Filters" }, choices.filters.map(([n, v], i) =>
        element("li", {}, element("button", { type: "button", "aria-label": `Remove the filter ${n} is ${v}`,
          click: () => { choices.filters.splice(i, 1); change(); } }, `${n} is ${v} ✕`)))) : "",
      element("p", { class: "quiet" }, `${chosen(page.runs).length} of ${page.runs.length} runs are shown.`));
  };
  const change = () => {
    remember();
    build();
    redraw();
    holder.querySelector("button").focus();
    tell(`${chosen(page.runs).length} of ${page.runs.length} runs are shown.`);
  };
  build();
  return holder;
}
