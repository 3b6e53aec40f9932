// What the reader chose; kept when the page is loaded anew, as it is while a run is watched.

const page = JSON.parse(document.getElementById("data").textContent);
for (const run of page.runs) run.fields = { ...page.shared, ...run.fields };
page.papers = new Set(page.tables.flatMap((table) => Object.keys(table.rows)));
const ROW_PLACES = new Map([...new Set(page.runs.map((run) => run.row))].map((row, i) => [row, i])); // the paper's order
const KEY = `lstm-jax ${location.pathname}`;
const choices = Object.assign(
  { open: [], filters: [], search: "", group: "", x: "", y: "", measure: "share", compared: [], trace: "", theme: "", paused: false },
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
function varying() {
  varying.found ??= differing(page.runs);
  return varying.found;
}

function differing(runs) {
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

function numerically(a, b) {
  const [x, y] = [Number(a), Number(b)];
  return Number.isFinite(x) && Number.isFinite(y) ? x - y : String(a).localeCompare(String(b), "en", { numeric: true });
}

// The order of values: rows as in the paper, numbers by size.
function ordering(name) {
  return name === "row" ? (a, b) => ROW_PLACES.get(a) - ROW_PLACES.get(b) : numerically;
}

function ordered(runs, name) {
  return [...new Set(runs.map((run) => facet(run, name)))].sort(ordering(name));
}
