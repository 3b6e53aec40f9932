// Runs side by side: how they differ, and what came of them.

function comparison() {
  const runs = choices.compared.map((name) => page.runs.find((run) => run.folder === name)).filter(Boolean);
  if (!runs.length) return null;
  const place = element("div", { id: "compared" }, element("h3", {}, "Side by side"));
  const all = [...new Set(runs.flatMap((run) => Object.keys(run.fields)))];
  const names = all.filter((name) => new Set(runs.map((run) => facet(run, name))).size > 1);
  const figures = ["solved", "compared", "median", "range", "verdict"];
  place.append(element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "runs side by side" }, plainTable(["run", ...runs.map((run) => run.name)], [
    ...figures.map((name) => [heading(name), ...runs.map((run) => element("span", {}, cell(run.stages.at(-1), name)))]),
    ...names.map((name) => [name, ...runs.map((run) => facet(run, name))]),
  ])), element("details", {}, element("summary", {}, `Settings that are the same (${all.length - names.length})`),
    words(["setting", "value"], all.filter((name) => !names.includes(name)).map((name) => [name, facet(runs[0], name)]))));
  const drawnRuns = runs.filter((run) => run.course?.error);
  const pair = element("div", { class: "pair" });
  const marks = (points) => (run) => ({ kind: "line", tone: runs.indexOf(run), dashed: runs.indexOf(run), label: run.name, points: points(run) });
  const solved = runs.map(marks((run) => solvedSteps(run.stages.at(-1))));
  pair.append(chart({
    title: "Time to success, side by side", text: runs.map((run) => `${run.name}: ${stripText(run.stages.at(-1))}`).join(" "),
    x: { label: "presentations", domain: [0, Math.max(...solved.map((mark) => mark.points.at(-1)[0])) || 1] },
    y: { label: "trials solved", domain: [0, 1], format: percent }, marks: solved,
    data: () => ({ columns: ["run", "trial", "presentations"], rows: runs.flatMap((run) => run.stages.at(-1).presentations.map((v, i) => [run.name, i, v])) }),
  }));
  if (drawnRuns.length) {
    const medians = drawnRuns.map(marks((run) => typical(run.course, "error").median));
    pair.append(chart({
      title: "Median training error, side by side", text: `${drawnRuns.length} runs; an ended trial stays at its last error.`,
      x: { label: "presentations", domain: [0, Math.max(...drawnRuns.map((run) => run.course.end))] },
      y: { label: "mean training error", log: true, domain: extent(medians.flatMap((mark) => mark.points.map(([, v]) => v)), true) }, marks: medians,
      data: () => ({ columns: ["run", "presentations", "error"], rows: drawnRuns.flatMap((run) => typical(run.course, "error").median.map(([at, v]) => [run.name, at, v])) }),
    }));
  }
  place.append(pair);
  return place;
}
