// Many runs: a setting against success or presentations, or two settings as a heat map.

const MEASURES = {
  share: { name: "share of trials solved", format: percent, of: (stages) => ratio(stages), domain: [0, 1] },
  median: { name: "median presentations, unsolved trials count as longest", format: round, log: true, of: (stages) => middle(stages) },
  mean: { name: "mean presentations of solved trials", format: round, log: true, of: (stages) => average(stages) },
};
const MOST_COMPARED = 6, MOST_LISTED = 100;

function ratio(stages) {
  const trials = stages.reduce((sum, s) => sum + s.trials, 0);
  return trials ? stages.reduce((sum, s) => sum + s.solved, 0) / trials : null;
}

// Of all trials, an unsolved one lasting for ever: none if fewer than half were solved.
function middle(stages) {
  const times = stages.flatMap((s) => s.presentations.map((v) => v ?? Infinity)).sort((a, b) => a - b);
  const half = (times.length - 1) / 2;
  const found = (times[Math.floor(half)] + times[Math.ceil(half)]) / 2;
  return Number.isFinite(found) ? found : null;
}

function average(stages) {
  const times = stages.flatMap((s) => s.presentations.filter((v) => v !== null));
  return times.length ? times.reduce((a, b) => a + b, 0) / times.length : null;
}

function lastStages(runs) {
  return runs.map((run) => run.stages.at(-1));
}

function sweeps(all, redraw) {
  const runs = all.filter((run) => run.finished);
  const open = all.length - runs.length;
  const names = varying();
  if (page.runs.length < 2 || !names.length) return null;
  if (!names.includes(choices.x)) choices.x = names[0];
  const options = names.map((name) => [name, name]);
  const put = (name) => (value) => { choices[name] = value; remember(); redraw(); tell("The figure was drawn anew."); };
  const controls = element("div", { class: "controls", role: "group", "aria-label": "What to draw" },
    choice("setting", options, choices.x, put("x")),
    choice("against a second one", [["", "none"], ...options], choices.y, put("y")),
    choice("measure", Object.entries(MEASURES).map(([key, m]) => [key, m.name]), choices.measure, put("measure")),
    choice("group by", [["", "nothing"], ...options], choices.group, put("group")));
  return element("section", { "aria-labelledby": "sweeps" }, element("h2", { id: "sweeps" }, "Settings and runs"), controls,
    runs.length ? (choices.y ? heatMap(runs) : against(runs)) : null,
    open ? element("p", { class: "quiet" }, `${many(open, "run")} not finished yet: not in the figure.`) : null,
    list(all, redraw), comparison());
}

function against(runs) {
  const measure = MEASURES[choices.measure];
  const values = ordered(runs, choices.x);
  const numeric = values.length > 1 && values.every((v) => v !== "" && Number.isFinite(Number(v)));
  const log = numeric && Number(values[0]) > 0 && Number(values.at(-1)) / Number(values[0]) >= 20;
  const at = (value) => (numeric ? Number(value) : values.indexOf(value));
  const groups = [...grouped(runs, choices.group)].sort(([a], [b]) => ordering(choices.group)(a, b));
  const marks = [], rows = [], all = [];
  groups.forEach(([group, own], g) => {
    const line = [];
    const points = own.map((run) => {
      const stage = run.stages.at(-1);
      const value = measure.of([stage]);
      const [low, high] = (choices.measure === "share" ? stage.solved_interval : choices.measure === "mean" ? stage.mean_interval : null) ?? [];
      rows.push([run.name, facet(run, choices.x), group, value, low ?? null, high ?? null, stage.solved, stage.trials, stage.budget]);
      all.push(value, low ?? null, high ?? null);
      return [at(facet(run, choices.x)), value, `${run.name}: ${value === null ? "-" : measure.format(value)} (${stage.solved}/${stage.trials} solved)`, low, high];
    }).filter(([, value]) => value !== null);
    for (const value of ordered(own, choices.x)) line.push([at(value), measure.of(lastStages(own.filter((run) => facet(run, choices.x) === value)))]);
    const tone = g < 6 ? g : 6;
    const label = choices.group ? (g < 6 ? `${choices.group} ${group}` : `${groups.length - 6} more groups`) : "a run, with its 95 % interval";
    // Side by side, or groups would hide one another.
    marks.push({ kind: "signs", tone, sign: SIGNS[g % 6], points, label, shift: 9 * (Math.min(g, 6) - (Math.min(groups.length, 7) - 1) / 2) });
    if (numeric) marks.push({ kind: "line", tone, dashed: g, points: line, label: choices.group ? null : "all trials of these runs together" });
  });
  const spare = numeric && !log ? (Number(values.at(-1)) - Number(values[0])) * 0.05 || 1 : 0;
  const domain = numeric ? (log ? [values[0] / 1.3, values.at(-1) * 1.3] : [Number(values[0]) - spare, Number(values.at(-1)) + spare]) : [-0.5, values.length - 0.5];
  const empty = rows.filter((row) => row[3] === null).length;
  return element("div", {}, chart({
    title: `${measure.name} against ${choices.x}`,
    text: `${rows.length} runs, ${values.length} values of ${choices.x}.`,
    x: { label: choices.x, domain, log, names: numeric ? null : values },
    y: { label: choices.measure === "share" ? "solved" : "presentations", domain: measure.domain ?? extent(all, true), log: measure.log, format: measure.format },
    marks, height: 340,
    data: () => ({ columns: ["run", choices.x, choices.group || "group", measure.name, "low", "high", "solved", "trials", "budget"], rows }),
  }), empty ? element("p", { class: "quiet" }, `${empty} of ${rows.length} runs have no such figure: too few of their trials were solved.`) : null);
}

function heatMap(runs) {
  const measure = MEASURES[choices.measure];
  const [xs, ys] = [ordered(runs, choices.x), ordered(runs, choices.y)];
  const found = [];
  xs.forEach((a, i) => ys.forEach((b, k) => {
    const own = runs.filter((run) => facet(run, choices.x) === a && facet(run, choices.y) === b);
    if (own.length) found.push({ i, k, a, b, value: measure.of(lastStages(own)), runs: own.length, trials: own.reduce((sum, run) => sum + run.trials, 0) });
  }));
  const known = found.map((cell) => cell.value).filter((v) => v !== null);
  const by = measure.log ? (v) => Math.log(v) : (v) => v;
  const [low, high] = measure.domain ?? [Math.min(...known), Math.max(...known)];
  const share = (v) => (v === null ? null : measure.log ? 1 - (by(v) - by(low)) / (by(high) - by(low) || 1) : (v - low) / (high - low || 1));
  return element("div", {}, chart({
    title: `${measure.name} against ${choices.x} and ${choices.y}`,
    text: `${found.length} cells; light is better. ` + found.slice(0, 100).map((c) => `${c.a}, ${c.b}: ${c.value === null ? "none" : measure.format(c.value)}`).join("; "),
    x: { label: choices.x, names: xs, domain: [-0.5, xs.length - 0.5] },
    y: { label: choices.y, names: ys, domain: [-0.5, ys.length - 0.5] },
    marks: [{ kind: "cells", tone: 6, points: found.map((c) => [c.i, c.k, share(c.value), c.value === null ? "-" : measure.format(c.value)]) }],
    height: Math.min(700, 80 + 34 * ys.length + 60),
    data: () => ({ columns: [choices.x, choices.y, measure.name, "runs", "trials"], rows: found.map((c) => [c.a, c.b, c.value, c.runs, c.trials]) }),
  }), element("p", { class: "quiet" }, "Light is better. A cell puts all trials of its runs together; a dash: too few were solved; empty: no run."));
}

