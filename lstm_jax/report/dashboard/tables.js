// The paper's tables with ours beside them; a line opens.

const MOST_LINES = 25; // runs of one row, until the reader asks for all
const COLUMNS = page.columns.table;

// What stands above a column; in brackets what stands above those below it.
function heading(name) {
  const own = page.columns.about[name].heading.replaceAll("\n", " ");
  return [own, ...below(name).map((other) => `(${page.columns.about[other].heading.split("\n")[0]})`)].join(" ");
}

function left(name) {
  return page.columns.about[name].left ? " left" : "";
}

function below(name) {
  const { table, about } = page.columns;
  return table.includes(name) ? Object.keys(about).filter((other) => about[other].below === name && !table.includes(other)) : [];
}

// A figure of a stage in words; its further lines, and what stands below it without its interval, keep together. Brackets
// are quiet.
function cell(stage, name) {
  if (name === "verdict") return verdict(stage);
  // Where the mean of all trials is the one that is compared, it need not stand there twice.
  const others = below(name).filter((other) => other !== "all trials" || !stage.at_least).map((other) => stage.words[other]).filter(Boolean);
  const [first, ...rest] = [...stage.words[name].split("\n"), ...others.map((text) => `(${text.replace(/\n\[.*/, "").replace("\n", " ")})`)];
  return [first, rest.map((line) => [" ", element("span", { class: /^[[(]/.test(line) ? "together quiet" : "together" }, line)])];
}

function tables(runs) {
  const place = element("div", {});
  const without = [];
  for (const table of page.tables) {
    const own = runs.filter((run) => Object.hasOwn(table.rows, run.row));
    if (own.length) place.append(...resultTable([table.name, table.title].filter(Boolean).join(". "), own, table.rows));
    else without.push(table.name || table.title);
  }
  const others = runs.filter((run) => !page.papers.has(run.row));
  if (others.length) place.append(...resultTable("Experiments that the paper does not have", others, {}));
  if (!runs.length) place.append(element("p", {}, "No run passes the filter."));
  else if (without.length < page.tables.length && without.length) place.append(element("p", { class: "quiet" }, `Not shown here: ${without.join(", ")}.`));
  return place;
}

function resultTable(title, runs, paper) {
  const common = runs.length > 1 ? runs[0].departs.words.filter((word) => runs.every((run) => run.departs.words.includes(word))) : [];
  const about = guide(runs[0].row);
  const table = element("table", { class: "results" },
    element("caption", {}, title, about ? element("span", { class: "quiet changes" }, about) : null,
      common.length ? element("span", { class: "quiet changes" }, `Changed in all of these runs: ${common.join("; ")}.`) : null),
    element("thead", {}, element("tr", {}, COLUMNS.map((name) => element("th", { scope: "col", class: `column-${name}${left(name)}` }, heading(name))))));
  const byRow = grouped(runs, "row");
  const order = [...Object.keys(paper).filter((row) => byRow.has(row)), ...[...byRow.keys()].filter((row) => !Object.hasOwn(paper, row))];
  for (const row of order) {
    const own = byRow.get(row);
    const rows = (some) => some.map((run) => resultRows(run, paper[row], own, common));
    table.append(...rows(own.slice(0, MOST_LINES)));
    if (own.length > MOST_LINES) {
      const more = element("tbody", {}, element("tr", {}, element("td", { colspan: COLUMNS.length },
        element("button", { type: "button", click: () => more.replaceWith(...rows(own.slice(MOST_LINES))) }, `Show ${own.length - MOST_LINES} more runs of ${row}`))));
      table.append(more);
    }
  }
  const absent = Object.keys(paper).filter((row) => !byRow.has(row));
  return absent.length ? [table, element("p", { class: "quiet" }, `Not shown here: ${absent.map((row) => [row, paper[row].about].filter(Boolean).join(" (") + (paper[row].about ? ")" : "")).join(", ")}.`)] : [table];
}

function resultRows(run, paperRow, others, common) {
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
  const click = (event) => { if (!event.target.closest("button, a, summary")) toggle(); };
  run.stages.forEach((stage, i) => {
    const about = i ? "" : [paperRow?.about, sample(run, others)].filter(Boolean).join(", ");
    const first = element("th", { scope: "row" }, i ? stage.label : opener, about ? element("span", { class: "quiet changes" }, about) : null);
    const time = i ? "" : run.wall + (run.progress ? `, at most ${run.progress.left} left` : "");
    const value = (name) => (name === "trials" ? strip(stage) : name === "time" ? time : cell(stage, name));
    const kinds = { trials: "strip-cell", verdict: "verdict-cell", time: run.progress ? null : "together" };
    body.append(element("tr", { class: "figures", click }, first,
      COLUMNS.slice(1).map((name) => element("td", { "data-name": heading(name), class: `${kinds[name] ?? ""}${left(name)}` }, value(name)))));
  });
  const changed = departures(run, common);
  if (changed.length) body.append(element("tr", { class: "changed", click }, element("td", { colspan: COLUMNS.length, class: "left quiet" },
    run.departs.closest && !common.length ? "in the closest reading: " : "changed: ", changed)));
  opener.addEventListener("click", toggle);
  if (choices.open.includes(run.folder)) toggle();
  return body;
}
