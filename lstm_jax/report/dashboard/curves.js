// Learning curves of a run, and its trials solved over time.

// Presentations of point i of a run's curves.
function pointAt(course, i) {
  return Math.min((i + 1) * course.step, course.end);
}

function curvePoints(course, [at, values]) {
  return at.map((i, k) => [pointAt(course, i), values[k]]);
}

function typical(course, name) {
  const found = course[name];
  const points = (values) => found.at.map((i, k) => [pointAt(course, i), values[k]]);
  return { median: points(found.median), low: points(found.low), high: points(found.high) };
}

function extent(values, log) {
  const found = values.filter((v) => v !== null && Number.isFinite(v) && (!log || v > 0));
  if (!found.length) return [0.1, 1];
  let [low, high] = [Infinity, -Infinity];
  for (const v of found) { low = Math.min(low, v); high = Math.max(high, v); }
  return log ? [low / 1.1, high * 1.1] : [low, high];
}

function learningCurves(run) {
  const { course } = run;
  const last = run.stages.at(-1);
  const end = Math.max(course.end, last.paper && last.paper < 1.5 * course.end ? last.paper : 0);
  const many = course.trials.length > 60;
  const found = course.error ? typical(course, "error") : null;
  const shownCurves = course.trials.map((curve) => curvePoints(course, curve));
  const marks = [];
  if (many) marks.push({ kind: "line", tone: 6, thin: true, label: "every trial", points: shownCurves.flatMap((points) => [...points, [null, null]]) });
  else shownCurves.forEach((points, i) => marks.push({ kind: "line", tone: 6, thin: true, label: "every trial", points, title: trialText(last, i) }));
  if (found) marks.push({ kind: "band", tone: 0, upper: found.high, lower: found.low, label: "10 % to 90 % of trials" },
    { kind: "line", tone: 0, points: found.median, label: "median (an ended trial stays at its last error)" });
  if (last.paper && last.paper <= end) marks.push({ kind: "rule", tone: 1, x: last.paper, label: "the paper's mean" });
  const values = [...shownCurves.flatMap((points) => points.map(([, v]) => v)), ...(found ? [...found.low, ...found.high].map(([, v]) => v) : [])];
  const ends = found ? found.median.at(-1)[1] : null;
  return chart({
    title: `Training error of run ${run.name}`,
    text: `Mean training error against presentations, ${run.trials} trials` + (ends !== null ? `; the median ends at ${ends}.` : "."),
    x: { label: "presentations", domain: [0, end] },
    y: { label: "mean training error", log: true, domain: extent(values, true) },
    marks, height: 300,
    data: () => ({
      columns: ["trial", "presentations", "error"],
      rows: course.trials.length
        ? course.trials.flatMap((curve, i) => curvePoints(course, curve).map(([at, v]) => [i, at, v]))
        : found.median.map(([at, v]) => ["median", at, v]),
    }),
  });
}

function wrongCurves(run) {
  const { course } = run;
  if (!course.wrong_rate) return null;
  const found = typical(course, "wrong_rate");
  return chart({
    title: `Share of wrong answers of run ${run.name}`,
    text: `While training; the median over ${run.trials} trials ends at ${percent(found.median.at(-1)[1])}.`,
    x: { label: "presentations", domain: [0, course.end] },
    y: { label: "wrong", domain: [0, 1], format: percent },
    marks: [
      { kind: "band", tone: 0, upper: found.high, lower: found.low, label: "10 % to 90 % of trials" },
      { kind: "line", tone: 0, points: found.median, label: "median" },
    ],
    height: 220,
    data: () => ({ columns: ["presentations", "median", "10 %", "90 %"], rows: found.median.map(([at, v], i) => [at, v, found.low[i][1], found.high[i][1]]) }),
  });
}

// The share of trials solved so far; who was not solved is counted to the end and stays below.
function solvedSteps(stage) {
  const times = stage.presentations.filter((v) => v !== null).sort((a, b) => a - b);
  const points = [[0, 0]];
  times.forEach((at, i) => points.push([at, i / stage.trials], [at, (i + 1) / stage.trials]));
  if (times.length < stage.trials && stage.budget > (times.at(-1) ?? 0)) points.push([stage.budget, times.length / stage.trials]);
  return points;
}

function timeToSuccess(run) {
  const marks = [];
  let end = 1;
  run.stages.forEach((stage, i) => {
    const points = solvedSteps(stage);
    const tone = [0, 2, 3][i % 3];
    end = Math.max(end, points.at(-1)[0], stage.paper ?? 0);
    marks.push({ kind: "line", tone, dashed: i, points, label: run.stages.length > 1 ? stage.label : "trials solved" });
    if (stage.paper) marks.push({ kind: "rule", tone: 1, x: stage.paper, label: "the paper's mean" });
    const open = stage.trials - stage.solved;
    if (open) marks.push({ kind: "signs", sign: "plus", tone, label: "not solved until here (censored)", points: [[points.at(-1)[0], points.at(-1)[1], `${open} of ${stage.trials} trials were not solved within ${stage.budget.toLocaleString("en")}`]] });
  });
  return chart({
    title: `Time to success of run ${run.name}`,
    text: run.stages.map(stripText).join(" "),
    x: { label: "presentations", domain: [0, end * 1.02] },
    y: { label: "trials solved", domain: [0, 1], format: percent },
    marks, height: 220,
    data: () => ({
      columns: ["trial", ...run.stages.map((stage) => stage.stage)],
      rows: Array.from({ length: run.trials }, (_, i) => [i, ...run.stages.map((stage) => stage.presentations[i] ?? `> ${stage.budget}`)]),
    }),
  });
}

