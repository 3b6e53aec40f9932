// What came out: a line for each experiment of the paper that is here, and for rows that the paper does not have.

function outcome(open) {
  const { lines, missing, more, counted } = page.outcome;
  if (!lines.length) return null;
  const notes = [counted, missing.length ? `Not here: ${missing.length > 1 ? "experiments" : "experiment"} ${missing.join(", ")} of the paper.` : "",
    more ? `${many(more, "further row")} of your own: in the tables.` : ""].filter(Boolean);
  const head = ["experiment", "trials", "what came out", "conditions"];
  return element("section", { "aria-labelledby": "outcome" }, element("h2", { id: "outcome" }, "What came out"), stripLegend(),
    element("table", { class: "results outcome" },
      element("thead", {}, element("tr", {}, head.map((name) => element("th", { scope: "col", class: "left" }, name)))),
      lines.map((line) => element("tbody", {}, outcomeLine(line, open)))),
    notes.length ? element("p", { class: "quiet" }, notes.join(" ")) : null);
}

function outcomeLine({ title, run: place, all }, open) {
  const run = page.runs[place];
  const stage = run.stages.at(-1);
  const link = element("a", { href: "#tables", click: (event) => { event.preventDefault(); open(run); } }, title);
  const about = guide(run.row);
  return element("tr", {}, element("th", { scope: "row" }, link, about ? element("span", { class: "quiet changes" }, about) : null),
    element("td", { class: "strip-cell left" }, strip(stage)),
    element("td", { class: "left" }, verdict(stage), element("span", { class: "changes" }, sentence(stage)), all.length > 1 ? element("span", { class: "quiet changes" }, together(all)) : null),
    element("td", { class: "left quiet" }, conditions(run)));
}

// What came out of a run's trials, in words.
function sentence(stage) {
  const came = [`${stage.solved} of ${stage.trials} trials solved`];
  const all = stage.words["all trials"].split("\n")[0];
  if (stage.mean !== null) came.push(`${all ? "these " : ""}after ${count(stage.mean)} on average`);
  if (all) came.push(`all trials ${all}`);
  if (stage.paper) came.push(`the paper's ${count(stage.paper)}`);
  else if (stage.paper_percent === 0) came.push("the paper's: none");
  return `${came.join(", ")}.`;
}

// The verdicts of all runs that a line stands for.
function together(places) {
  const runs = places.map((place) => page.runs[place]);
  const rows = new Set(runs.map((run) => run.row)).size;
  const what = page.papers.has(runs[0].row) ? `experiment ${runs[0].row[0]}` : runs[0].row;
  return `${runs.length === 2 ? "Both" : `All ${runs.length}`} ${rows === runs.length ? "rows" : "runs"} of ${what} here: ${[...verdicts(runs)].map(([word, number]) => `${word || "no figure in the paper"} ${number}`).join(", ")}.`;
}

// How many runs have each verdict, that of their last stage.
function verdicts(runs) {
  const counts = new Map();
  for (const run of runs) {
    const word = run.stages.at(-1).verdict;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const places = Object.keys(VERDICTS);
  const place = ([word]) => (places.includes(word) ? places.indexOf(word) : places.length);
  return new Map([...counts].sort((a, b) => place(a) - place(b)));
}
