// All runs as a list that can be sorted and grouped.

let sortedBy = { column: 1, down: false }; // by rows, in the order of the paper

function list(runs, redraw) {
  const extra = [...new Set([choices.x, choices.y, choices.group].filter((name) => name && name !== "row"))];
  const figures = ["solved", "compared", "verdict", "time"];
  const columns = ["run", "row", ...extra, ...figures];
  const key = (run) => {
    const stage = run.stages.at(-1);
    return [run.name, ROW_PLACES.get(run.row), ...extra.map((name) => facet(run, name)), stage.solved / stage.trials, stage.compared_mean ?? Infinity, stage.verdict ?? "", run.seconds ?? -1];
  };
  const { column, down } = sortedBy;
  const sorted = runs.map((run) => [key(run)[column], run]).sort(([a], [b]) => (down ? -1 : 1) * numerically(a, b)).map(([, run]) => run);
  const line = (run) => {
    const stage = run.stages.at(-1);
    const box = element("input", { type: "checkbox", "aria-label": `Compare ${run.name}`, checked: choices.compared.includes(run.folder), change: () => {
      choices.compared = choices.compared.filter((name) => name !== run.folder).concat(box.checked ? [run.folder] : []).slice(-MOST_COMPARED);
      remember();
      redraw();
      document.querySelector(`[aria-label="Compare ${CSS.escape(run.name)}"]`)?.focus();
    } });
    return element("tr", {}, element("td", {}, box), element("th", { scope: "row" }, run.name), element("td", {}, run.row),
      extra.map((name) => element("td", {}, facet(run, name))), figures.map((name) => element("td", { class: left(name) }, name === "time" ? run.wall : cell(stage, name))));
  };
  const groups = [...grouped(sorted, choices.group)].sort(([a], [b]) => ordering(choices.group)(a, b));
  let room = MOST_LISTED;
  const bodies = groups.map(([group, own]) => {
    const shownRuns = own.slice(0, Math.max(0, room));
    room -= shownRuns.length;
    return shownRuns.length ? element("tbody", {},
      choices.group ? element("tr", {}, element("th", { colspan: columns.length + 1, scope: "rowgroup", class: "group" },
        `${choices.group} ${group}: ${many(own.length, "run")}, ${percent(ratio(lastStages(own)))} of their trials solved`)) : null, shownRuns.map(line)) : null;
  });
  const head = columns.map((name, i) => element("th", { scope: "col", class: figures.includes(name) ? left(name) : null, "aria-sort": i === column ? (down ? "descending" : "ascending") : "none" },
    element("button", { type: "button", class: "sorter", click: () => {
      sortedBy = { column: i, down: i === column && !down };
      redraw();
      document.querySelectorAll(".list .sorter")[i]?.focus();
    } }, figures.includes(name) ? heading(name) : name)));
  return element("div", { class: "list" }, element("h3", {}, "Runs"),
    element("p", { class: "quiet" }, `Tick up to ${MOST_COMPARED} to see them side by side.`),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "list of runs" },
      element("table", {}, element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "compare"), head)), bodies)),
    runs.length > MOST_LISTED ? element("p", {}, `${runs.length - MOST_LISTED} more runs: filter them, or save the list.`) : null,
    numbers("Runs", () => ({
      columns: ["run", "row", ...varying().filter((n) => n !== "row"), "solved", "trials", "mean", "median", "budget", "seconds"],
      rows: sorted.map((run) => {
        const s = run.stages.at(-1);
        return [run.name, run.row, ...varying().filter((n) => n !== "row").map((n) => facet(run, n)), s.solved, s.trials, s.mean, s.median, s.budget, run.seconds];
      }),
    })));
}

