// The paper's tables with ours beside them; a line opens.

const MOST_LINES = 25; // runs of one row, until the reader asks for all
const COLUMNS = page.columns.table;

// What stands above a column; in brackets what stands above those below it.
function heading(name) {
  const [own, ...others] = [name, ...below(name)].map((one) => page.columns.about[one].heading.replaceAll("\n", " "));
  return [own, ...others.map((other) => `(${other})`)].join(" ");
}

function left(name) {
  return page.columns.about[name].left ? " left" : "";
}

function below(name) {
  const { table, about } = page.columns;
  return table.includes(name) ? Object.keys(about).filter((other) => about[other].below === name && !table.includes(other)) : [];
}

// A figure of a stage in words; its second line, and what stands below it, keep together. What is in brackets is quiet.
function cell(stage, name) {
  if (name === "verdict") return verdict(stage.verdict);
  const others = below(name).map((other) => stage.words[other]).filter(Boolean);
  const [first, ...rest] = [...stage.words[name].split("\n"), ...others.map((text) => `(${text})`)];
  return [first, rest.map((line) => [" ", element("span", { class: /^[[(]/.test(line) ? "together quiet" : "together" }, line)])];
}

function tables(runs) {
  const place = element("div", {});
  const rows = new Set(page.tables.flatMap((table) => Object.keys(table.rows)));
  const without = [];
  for (const table of page.tables) {
    const own = runs.filter((run) => Object.hasOwn(table.rows, run.row));
    if (own.length) place.append(resultTable(`${table.name}. ${table.title}`, own, table.rows));
    else without.push(table.name);
  }
  const others = runs.filter((run) => !rows.has(run.row));
  if (others.length) place.append(resultTable("Experiments that the paper does not have", others, {}));
  if (!runs.length) place.append(element("p", {}, "No run passes the filter."));
  else if (without.length) place.append(element("p", { class: "quiet" }, `No run shown is of ${without.join(", ")}.`));
  return place;
}

function resultTable(title, runs, paper) {
  const domain = stripDomain(runs.flatMap((run) => run.stages));
  const table = element("table", { class: "results" }, element("caption", {}, title),
    element("thead", {}, element("tr", {}, COLUMNS.map((name) => element("th", { scope: "col", class: `column-${name}${left(name)}` }, heading(name))))));
  const byRow = grouped(runs, "row");
  const order = [...Object.keys(paper), ...[...byRow.keys()].filter((row) => !Object.hasOwn(paper, row))];
  for (const row of order) {
    const own = byRow.get(row) ?? [];
    if (!own.length) table.append(element("tbody", {}, element("tr", { class: "absent" }, element("th", { scope: "row" }, row, about(paper[row])),
      element("td", { colspan: COLUMNS.length - 1 }, "not run"))));
    own.slice(0, MOST_LINES).forEach((run) => table.append(resultRows(run, domain, paper[row])));
    if (own.length > MOST_LINES) {
      const more = element("tbody", {}, element("tr", {}, element("td", { colspan: COLUMNS.length },
        element("button", { type: "button", click: () => more.replaceWith(...own.slice(MOST_LINES).map((run) => resultRows(run, domain, paper[row]))) },
          `Show ${own.length - MOST_LINES} more runs of ${row}`))));
      table.append(more);
    }
  }
  return table;
}

function about(paperRow) {
  return paperRow?.about ? element("span", { class: "quiet changes" }, paperRow.about) : null;
}

function resultRows(run, domain, paperRow) {
  const body = element("tbody", { class: "run", "data-run": run.name });
  const opener = element("button", { type: "button", class: "opener", "aria-expanded": "false" }, run.stages[0].label);
  let opened = null;
  const toggle = () => {
    if (opened) opened.remove();
    opened = opened ? null : element("tr", { class: "detail" }, element("td", { colspan: COLUMNS.length }, detail(run)));
    if (opened) body.append(opened);
    opener.setAttribute("aria-expanded", String(Boolean(opened)));
    choices.open = choices.open.filter((name) => name !== run.folder).concat(opened ? [run.folder] : []);
    remember();
  };
  run.stages.forEach((stage, i) => {
    const first = element("th", { scope: "row" }, i ? stage.label : opener, i ? null : about(paperRow),
      !i && run.changes.length ? element("code", { class: "quiet changes" }, run.changes.join(" ")) : null);
    const time = i ? "" : run.wall + (run.progress ? `, at most ${run.progress.left} left` : "");
    const value = (name) => (name === "trials" ? strip(stage, domain) : name === "time" ? time : cell(stage, name));
    const kinds = { trials: "strip-cell", verdict: "verdict-cell", time: run.progress ? null : "together" };
    body.append(element("tr", { click: (event) => { if (!event.target.closest("button, a, summary")) toggle(); } }, first,
      COLUMNS.slice(1).map((name) => element("td", { "data-name": heading(name), class: `${kinds[name] ?? ""}${left(name)}` }, value(name)))));
  });
  opener.addEventListener("click", toggle);
  if (choices.open.includes(run.folder)) toggle();
  return body;
}
