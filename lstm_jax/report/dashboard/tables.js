// The paper's tables with ours beside them; a line opens.

const MOST_LINES = 25; // runs of one row, until the reader asks for all
const COLUMNS = ["row", "solved", "mean [95 %]", "paper's", "ratio", "trials", "verdict", "wrong (paper's)", "time"];

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
    element("thead", {}, element("tr", {}, COLUMNS.map((name, k) => element("th", { scope: "col", class: `column-${k}` }, name)))));
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

// The interval below the mean.
function brokenMean(text) {
  const [mean, interval] = text.split(" [");
  return interval ? [mean, " ", element("span", { class: "together quiet" }, `[${interval}`)] : text;
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
    const { words } = stage;
    const first = element("th", { scope: "row" }, i ? stage.label : opener, i ? null : about(paperRow),
      !i && run.changes.length ? element("code", { class: "quiet changes" }, run.changes.join(" ")) : null);
    const values = [words.solved, brokenMean(words.mean), words.paper, words.ratio,
      strip(stage, domain), verdict(stage.verdict), words.wrong + (words.paper_wrong ? ` (${words.paper_wrong})` : ""), i ? "" : run.wall + (run.progress ? `, at most ${run.progress.left} left` : "")];
    body.append(element("tr", { click: (event) => { if (!event.target.closest("button, a, summary")) toggle(); } }, first,
      values.map((value, k) => element("td", { "data-name": COLUMNS[k + 1], class: [null, null, null, null, "strip-cell", "verdict-cell", null, run.progress ? null : "together"][k] }, value))));
  });
  opener.addEventListener("click", toggle);
  if (choices.open.includes(run.folder)) toggle();
  return body;
}
