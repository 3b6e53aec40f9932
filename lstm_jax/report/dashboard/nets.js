// Inside a net: what it does in one sequence, and how an error is scaled on its way back.

function insides() {
  if (!page.traces.length) return [element("p", { class: "quiet" }, "No trace lies in this folder. This makes one: ", element("code", {}, "lstm-jax trace experiment=6a folder=" + page.folder))];
  const holder = element("div", {});
  const draw = () => {
    const found = page.traces.find((trace) => trace.name === choices.trace) ?? page.traces[0];
    holder.replaceChildren(element("p", {}, found.about), element("p", { class: "quiet" }, "Made by ", element("code", {}, breakable(found.command)), "."),
      ...found.panels.map((panel) => tracePanel(found, panel)));
  };
  draw();
  return [page.traces.length > 1 ? element("div", { class: "controls" }, choice("net", page.traces.map((t) => [t.name, t.name]), choices.trace, (name) => { choices.trace = name; remember(); draw(); })) : null, holder];
}

function tracePanel(trace, panel) {
  const marks = regions(trace.relevant).map(([from, to]) => ({ kind: "region", from: from - 0.5, to: to + 0.5, label: "relevant inputs" }));
  const x = { domain: [-0.5, trace.steps - 0.5], format: String, label: panel.last ? "step" : null };
  if (panel.symbols) {
    const tight = panel.symbols.length > 115;
    marks.push({ kind: "texts", points: panel.symbols.map((name, t) => [t, 0, name, trace.relevant.includes(t)]).filter(([t]) => !tight || trace.relevant.includes(t)) });
    return chart({ title: panel.title, text: `The relevant symbols: ${trace.relevant.map((t) => `${panel.symbols[t]} at step ${t}`).join(", ")}.`,
      x, y: { domain: [-1, 1], bare: true }, marks, height: 80,
      data: () => ({ columns: ["step", "symbol", "relevant"], rows: panel.symbols.map((name, t) => [t, name, trace.relevant.includes(t) ? 1 : 0]) }) });
  }
  if (panel.shades) {
    const names = panel.names ?? panel.shades[0].map((_, k) => String(k));
    return chart({ title: panel.title, text: `${names.length} outputs as shades; targets are circles.`,
      x, y: { domain: [-0.5, names.length - 0.5], names: names.length > 25 ? null : names, bare: names.length > 25 },
      marks: [...marks, { kind: "cells", points: panel.shades.flatMap((values, t) => values.map((v, k) => [t, k, v, ""])) },
        { kind: "signs", tone: 1, sign: "circle", hollow: true, label: "targets", points: panel.targets.map(([t, k]) => [t, k, `target ${names[k]} at step ${t}`]) }],
      height: Math.min(460, 70 + 16 * names.length),
      data: () => ({ columns: ["step", ...names], rows: panel.shades.map((values, t) => [t, ...values]) }) });
  }
  panel.series.forEach((series) => marks.push({ kind: "line", tone: series.tone, dashed: series.tone + 2 * (series.dash ?? 0), label: series.label, points: series.values.map((v, t) => [t, v]) }));
  for (const [t, v, tone, label] of panel.targets ?? []) marks.push({ kind: "signs", tone, sign: "circle", hollow: true, label: "target", points: [[t, v, `${label}: ${v}`]] });
  const values = [...panel.series.flatMap((series) => series.values), ...(panel.targets ?? []).map(([, v]) => v)];
  const [low, high] = panel.domain ?? extent(values, false);
  const spare = (high - low || 1) * 0.06;
  return chart({
    title: panel.title,
    text: panel.series.slice(0, 12).map((s) => `${s.label}: from ${shortly(Math.min(...s.values))} to ${shortly(Math.max(...s.values))}, at the end ${shortly(s.values.at(-1))}`).join("; ") + `. Relevant inputs at steps ${trace.relevant.join(", ")}.`,
    x, y: { domain: [low - spare, high + spare], format: shortly }, marks, height: panel.last ? 170 : 145,
    data: () => ({ columns: ["step", ...panel.series.map((s) => s.label)], rows: panel.series[0].values.map((_, t) => [t, ...panel.series.map((s) => s.values[t])]) }),
  });
}

// Neighbouring steps as one stretch.
function regions(steps) {
  const found = [];
  for (const t of steps) {
    if (found.length && found.at(-1)[1] === t - 1) found.at(-1)[1] = t;
    else found.push([t, t]);
  }
  return found;
}

function shortly(v) {
  return v === null ? "none" : String(Number(v.toPrecision(3)));
}

const LEAST_FACTOR = -20, LARGEST_FACTOR = 10;

function power(exponent) {
  return exponent === 0 ? "1" : `1e${exponent}`;
}

function flows() {
  if (!page.flows.length) return [element("p", { class: "quiet" }, "No error flow lies in this folder. This measures it: ", element("code", {}, "lstm-jax error_flow folder=" + page.folder))];
  return page.flows.flatMap((flow) => [element("p", { class: "quiet" }, "Made by ", element("code", {}, breakable(flow.command)), ". Medians over nets; a factor of 1 keeps the error as it is."),
    element("div", { class: "pair" }, [...new Set(flow.curves.map((c) => c.group))].map((group) => flowPanel(group, flow.curves.filter((c) => c.group === group))))]);
}

function flowPanel(group, curves) {
  const most = Math.max(...curves.map((c) => c.q.at(-1)));
  const clip = (v) => (v === null ? null : Math.max(LEAST_FACTOR - 2, Math.min(LARGEST_FACTOR + 2, v)));
  const marks = [{ kind: "rule", y: 0 }], below = [];
  curves.forEach((curve, i) => {
    const points = (values) => curve.q.map((q, k) => [q, clip(values[k])]);
    const low = !curve.band || curve.low.some((v) => v === null) ? null : points(curve.low);
    if (low) marks.push({ kind: "band", tone: i % 6, upper: points(curve.high), lower: low });
    marks.push({ kind: "line", tone: i % 6, dashed: i, label: curve.label, points: points(curve.median) });
    for (const bound of Object.values(curve.bounds ?? {})) marks.push({ kind: "line", tone: i % 6, thin: true, dashed: 2, label: "upper bounds of section 3.1", points: points(bound) });
    if (curve.median.every((v) => v === null || v < LEAST_FACTOR)) below.push(curve.label);
  });
  const at = (curve, q) => curve.median[curve.q.indexOf(q)];
  const end = (curve) => { const v = at(curve, curve.q.at(-1)); return v === null ? "no error at all" : power(Math.round(v)); };
  return element("div", {}, chart({
    title: `Error flow: ${group}`,
    text: curves.map((curve) => `${curve.label}: ${end(curve)} at lag ${curve.q.at(-1)}`).join("; ") + ".",
    x: { label: "lag q: steps back", log: true, domain: [1, most] },
    y: { label: "scaling factor", domain: [LEAST_FACTOR, LARGEST_FACTOR], format: power }, marks, height: 300,
    data: () => ({ columns: ["curve", "q", "log10 median", "low", "high"], rows: curves.flatMap((c) => c.q.map((q, k) => [c.label, q, c.median[k], c.low[k], c.high[k]])) }),
  }), below.length ? element("p", { class: "quiet" }, `Below the picture: ${below.join("; ")}.`) : null);
}
