// One line of a table as a small picture: every trial a dot, the mean that is compared and its interval, the paper's mean
// as a line, and on the right, past the end of counting, the trials that were not solved.

const STRIP = { width: 264, height: 54, left: 14, right: 166, middle: 26 };

// Each has an axis of its own. What a reader compares in it is the paper's mean with ours, its interval and our trials;
// rows of a table, which lie up to a thousandfold apart, are compared by the figures beside it, and on one axis for all of
// them each would be a few dots wide. A factor of five at least: means that are near shall look near, and two of 1, 2, 5,
// 10, ... stand in it.
function stripDomain(stage) {
  const values = [...stage.presentations, stage.paper, stage.compared_mean, ...(stage.compared_interval ?? [])].filter((v) => v);
  if (!values.length) return null;
  const [low, high] = [Math.min(...values) / 1.25, Math.max(...values) * 1.25];
  const spare = Math.sqrt(Math.max(1, 5 * low / high));
  return [low / spare, high * spare];
}

// One path of zero-length strokes: a thousand trials cost no more than one.
function swarm(places, middle, room) {
  const taken = new Map();
  return places.map((x) => {
    const bin = Math.round(x / 4);
    const k = taken.get(bin) ?? 0;
    taken.set(bin, k + 1);
    const y = middle + ((k % 2 ? 1 : -1) * Math.ceil(k / 2) * 3.4) % room;
    return `M${x.toFixed(1)} ${y.toFixed(1)}h.01`;
  }).join("");
}

function strip(stage) {
  const domain = stripDomain(stage);
  const x = scale(domain ?? [1, 10], [STRIP.left, STRIP.right], true);
  const { middle } = STRIP;
  const solved = stage.presentations.filter((v) => v !== null);
  const lost = stage.trials - solved.length;
  const svg = drawn("svg", { viewBox: `0 0 ${STRIP.width} ${STRIP.height}`, role: "img", class: "strip", "aria-label": stripText(stage) });
  for (const v of domain ? ticks(domain, true, 3) : []) {
    svg.append(drawn("line", { x1: x(v), x2: x(v), y1: middle - 13, y2: middle + 14, class: "grid" }),
      drawn("text", { x: x(v), y: middle + 24, "text-anchor": "middle", class: "small" }, round(v)));
  }
  const [mean, interval] = [stage.compared_mean, stage.compared_interval];
  if (interval) svg.append(drawn("line", { x1: x(interval[0]), x2: x(interval[1]), y1: middle, y2: middle, class: "interval tone-0" }));
  svg.append(drawn("path", { d: swarm(solved.map(x), middle, 11), class: "dots tone-0", "stroke-width": solved.length > 200 ? 2.5 : 4, fill: "none" }));
  if (mean !== null) svg.append(drawn("line", { x1: x(mean), x2: x(mean), y1: middle - 11, y2: middle + 11, class: "tone-0", "stroke-width": 2.5 }));
  if (stage.paper) svg.append(drawn("line", { x1: x(stage.paper), x2: x(stage.paper), y1: middle - 14, y2: middle + 14, class: "rule tone-1" }));
  if (stage.at_least) svg.append(drawn("text", { x: x(mean), y: middle - 18, "text-anchor": "middle", "dominant-baseline": "central" }, "≥"));
  if (lost) {
    svg.append(drawn("circle", { cx: STRIP.right + 14, cy: middle, r: 4, class: "hollow tone-5" }),
      drawn("text", { x: STRIP.right + 22, y: middle, "dominant-baseline": "central", class: "small" },
        `${lost} ${stage.verdict === "unfinished" ? "open" : "unsolved"}`));
  }
  return svg;
}

function stripText(stage) {
  const solved = stage.presentations.filter((v) => v !== null);
  const parts = [`${solved.length} of ${stage.trials} trials solved`];
  const [first, last] = [Math.min(...solved), Math.max(...solved)].map(count);
  if (solved.length) parts.push(`after ${first === last ? first : `${first} to ${last}`} presentations`);
  const [mean, interval] = [stage.compared_mean, stage.compared_interval];
  if (mean !== null) parts.push(`mean ${stage.at_least ? "of all trials at least " : ""}${count(mean)}` + (interval ? `, interval ${interval.map(count).join(" to ")}` : ""));
  if (stage.paper) parts.push(`the paper's mean is ${count(stage.paper)}`);
  if (solved.length < stage.trials) parts.push(`${stage.trials - solved.length} not solved within ${count(stage.budget)}`);
  return parts.join(", ") + ".";
}

// What is what in these pictures.
function stripLegend() {
  const marks = [
    ["a trial", drawn("path", { d: swarm([12, 15, 18], 6, 5), class: "dots tone-0", "stroke-width": 4 })],
    ["our mean", drawn("line", { x1: 15, x2: 15, y1: 0, y2: 12, class: "tone-0", "stroke-width": 2.5 })],
    ["its 95 % interval", drawn("line", { x1: 2, x2: 28, y1: 6, y2: 6, class: "interval tone-0" })],
    ["unsolved trials counted", drawn("text", { x: 15, y: 6, "text-anchor": "middle", "dominant-baseline": "central" }, "≥")],
    ["the paper's mean", drawn("line", { x1: 15, x2: 15, y1: 0, y2: 12, class: "rule tone-1" })],
    ["trials not solved", drawn("circle", { cx: 15, cy: 6, r: 4, class: "hollow tone-5" })],
  ];
  return element("ul", { class: "legend", "aria-hidden": "true" }, marks.map(([name, mark]) => element("li", {}, drawn("svg", { viewBox: "0 0 30 12" }, mark), name)),
    element("li", {}, "across: presentations (training sequences), logarithmic, an axis for each line"));
}

const VERDICTS = {
  "agrees": ["agrees", "="], "near": ["near", "≈"], "faster": ["faster", "<"], "slower": ["slower", ">"],
  "not reproduced": ["not-reproduced", "×"], "cut short": ["cut-short", "…"], "unfinished": ["unfinished", "∿"],
};

function verdict(stage) {
  const [tone, mark] = VERDICTS[stage.verdict] ?? ["none", "·"];
  return explained({ class: `verdict ${tone}`, "data-sign": mark }, stage.meaning, stage.verdict || "no figure in the paper");
}
