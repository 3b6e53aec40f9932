// Figures: axes, lines, bands, dots, marked regions and a heat map as SVG, redrawn when their place changes its width.
// Tones differ in lightness and in their dashes, so that a line is known without its colour.

const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4"];
const SIGNS = ["circle", "square", "triangle", "diamond", "cross", "plus"];

function scale(domain, range, log = false) {
  const from = (v) => (log ? Math.log10(v) : v);
  const [a, b] = domain.map(from);
  const place = (v) => range[0] + (range[1] - range[0]) * ((from(v) - a) / (b - a || 1));
  const low = Math.min(...range) - 1e4, high = Math.max(...range) + 1e4;
  return (v) => (log && v <= 0 ? low : Math.min(high, Math.max(low, place(v))));
}

function ticks([low, high], log, most) {
  if (log) {
    const [a, b] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const every = Math.max(1, Math.ceil((b - a + 1) / most));
    const decades = [];
    for (let k = a; k <= b; k++) if ((k - a) % every === 0) decades.push(10 ** k);
    if (decades.length > (most > 4 ? 2 : 1)) return decades;
    const finer = []; // an axis of about a decade has room for 1, 2, 5
    for (let k = a - 1; k <= b; k++) {
      for (const m of most > 4 || high / low < 15 ? [1, 2, 5] : [1, 3]) {
        if (m * 10 ** k >= low && m * 10 ** k <= high) finer.push(Number((m * 10 ** k).toPrecision(1)));
      }
    }
    if (finer.length > 1) return finer;
  }
  const raw = (high - low) / most || 1;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * ([1, 2, 5, 10].find((m) => m * unit >= raw) ?? 10);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

// 10k, 1M: counts at ticks are round.
function round(value) {
  return count(value).replace(/\.0+(?=[kM]$)|(\.\d*[1-9])0+(?=[kM]$)/, "$1");
}

function path(points, x, y) {
  let text = "", pen = "M";
  for (const [a, b] of points) {
    if (a === null || b === null || b === undefined) { pen = "M"; continue; }
    text += `${pen}${x(a).toFixed(1)} ${y(b).toFixed(1)}`;
    pen = "L";
  }
  return text;
}

function sign(kind, x, y, size, attributes) {
  const s = size;
  const shapes = {
    circle: () => drawn("circle", { cx: x, cy: y, r: s, ...attributes }),
    square: () => drawn("rect", { x: x - s, y: y - s, width: 2 * s, height: 2 * s, ...attributes }),
    triangle: () => drawn("path", { d: `M${x} ${y - s * 1.2}l${s * 1.2} ${s * 2.2}h${-s * 2.4}z`, ...attributes }),
    diamond: () => drawn("path", { d: `M${x} ${y - s * 1.4}l${s * 1.4} ${s * 1.4}l${-s * 1.4} ${s * 1.4}l${-s * 1.4} ${-s * 1.4}z`, ...attributes }),
    cross: () => drawn("path", { d: `M${x - s} ${y - s}l${2 * s} ${2 * s}m0 ${-2 * s}l${-2 * s} ${2 * s}`, ...attributes, "stroke-width": 2.5 }),
    plus: () => drawn("path", { d: `M${x - s * 1.2} ${y}h${2.4 * s}M${x} ${y - s * 1.2}v${2.4 * s}`, ...attributes, "stroke-width": 2.5 }),
  };
  return shapes[kind]();
}

// Every mark is { kind, tone, label?, title?, ... }; `draw` gives its nodes.
const MARKS = {
  line: (mark, x, y) => drawn("path", {
    d: path(mark.points, x, y), class: `line tone-${mark.tone} ${mark.thin ? "thin" : ""}`, fill: "none",
    "stroke-dasharray": mark.dashed === undefined ? null : DASHES[mark.dashed % DASHES.length],
  }, mark.title ? drawn("title", {}, mark.title) : null),
  band: (mark, x, y) => drawn("path", {
    d: path([...mark.upper, ...[...mark.lower].reverse()], x, y) + "Z", class: `band tone-${mark.tone}`,
  }),
  rule: (mark, x, y, box) => mark.x !== undefined
    ? drawn("line", { x1: x(mark.x), x2: x(mark.x), y1: box.top, y2: box.bottom, class: `rule tone-${mark.tone}` })
    : drawn("line", { x1: box.left, x2: box.right, y1: y(mark.y), y2: y(mark.y), class: `grid` }),
  region: (mark, x, y, box) => [
    drawn("rect", { x: x(mark.from), width: x(mark.to) - x(mark.from), y: box.top, height: box.bottom - box.top, class: "marked" }),
    drawn("path", { d: `M${(x(mark.from) + x(mark.to)) / 2} ${box.top - 1}l-5 -7h10z`, class: "tone-5" }),
  ],
  signs: (mark, x, y) => mark.points.map(([a, b, title, low, high]) => [
    low === undefined || low === null ? null
      : drawn("line", { x1: x(a) + (mark.shift ?? 0), x2: x(a) + (mark.shift ?? 0), y1: y(low), y2: y(high), class: `error-bar tone-${mark.tone}` }),
    filled(sign(mark.sign, x(a) + (mark.shift ?? 0), y(b), 4.5, { class: `tone-${mark.tone} ${mark.hollow ? "hollow" : ""}` }), {},
      [title ? drawn("title", {}, title) : null]),
  ]),
  texts: (mark, x, y) => mark.points.map(([a, b, text, strong]) => drawn("text", {
    x: x(a), y: y(b), "text-anchor": "middle", "dominant-baseline": "central", class: strong ? "bold" : "small",
  }, text)),
  cells: (mark, x, y) => mark.points.map(([a, b, share, text]) => {
    const [left, top] = [x(a - 0.5) + 1, y(b + 0.5) + 1];
    const [width, height] = [x(a + 0.5) - x(a - 0.5) - 2, y(b - 0.5) - y(b + 0.5) - 2];
    return [
      drawn("rect", { x: left, y: top, width, height, class: "tile", fill: share === null ? "none" : shade(share) }),
      drawn("text", { x: left + width / 2, y: top + height / 2, "text-anchor": "middle", "dominant-baseline": "central",
        class: "cell-text", ...(share === null ? {} : { "data-dark": isDark(share) ? "1" : "0" }) }, text),
    ];
  }),
};

// From dark to light in one hue after another, as cividis: lightness alone tells the order.
function shade(share) {
  return `rgb(${tint(share).join(" ")})`;
}

// Whether white letters are easier to read on it than black ones.
function isDark(share) {
  const [r, g, b] = tint(share).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.179;
}

function tint(share) {
  const stops = [[0, 32, 81], [60, 77, 110], [127, 124, 117], [187, 175, 113], [253, 234, 69]];
  const at = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1);
  const [k, part] = [Math.floor(at), at % 1];
  return stops[k].map((c, i) => Math.round(c + part * (stops[k + 1][i] - c)));
}

function swatch(mark) {
  const picture = drawn("svg", { viewBox: "0 0 30 12", "aria-hidden": "true" });
  if (mark.kind === "band") picture.append(drawn("rect", { x: 0, y: 1, width: 30, height: 10, class: `band tone-${mark.tone}` }));
  else if (mark.kind === "region") picture.append(drawn("rect", { x: 9, y: 0, width: 12, height: 12, class: "marked" }));
  else if (mark.kind === "signs") picture.append(sign(mark.sign, 15, 6, 4.5, { class: `tone-${mark.tone} ${mark.hollow ? "hollow" : ""}` }));
  else if (mark.kind === "rule") picture.append(drawn("line", { x1: 0, x2: 30, y1: 6, y2: 6, class: `rule tone-${mark.tone}` }));
  else picture.append(drawn("line", { x1: 0, x2: 30, y1: 6, y2: 6, class: `line tone-${mark.tone} ${mark.thin ? "thin pale" : ""}`, "shape-rendering": "crispEdges",
    "stroke-dasharray": mark.dashed === undefined ? null : DASHES[mark.dashed % DASHES.length] }));
  return picture;
}

// A figure with its caption, its legend, its text alternative and its numbers.
//   { title, text, x, y, marks, height, data }    an axis: { label, domain, log, format, names }
function chart({ title, text, x, y, marks, height = 260, data }) {
  const place = element("div");
  const named = [...new Map(marks.filter((m) => m.label).map((m) => [m.label, m])).values()];
  const figure = element("figure", {}, element("figcaption", {}, title), place,
    named.length ? element("ul", { class: "legend" }, named.map((m) => element("li", {}, swatch(m), m.label))) : null,
    data ? numbers(title, data) : null);
  let width = 0;
  const draw = () => {
    const now = Math.round(place.clientWidth);
    if (!now || now === width) return;
    width = now;
    place.replaceChildren(picture(width, height, { title, text, x, y, marks }));
  };
  new ResizeObserver(draw).observe(place);
  return figure;
}

function picture(width, height, { title, text, x, y, marks }) {
  const formatX = x.format ?? round, formatY = y.format ?? round;
  const steep = x.names && x.names.length * Math.max(...x.names.map((n) => n.length)) * 7.5 > width - 90;
  const deep = steep ? Math.min(140, 12 + 6.3 * Math.max(...x.names.map((n) => n.length))) : 16;
  const wide = y.names ? Math.min(150, 12 + 7 * Math.max(...y.names.map((n) => n.length))) : y.bare ? 10 : 50;
  const box = { left: wide + (y.label ? 16 : 0), right: width - 20, top: 12, bottom: height - deep - (x.label ? 22 : 6) };
  const [px, py] = [scale(x.domain, [box.left, box.right], x.log), scale(y.domain, [box.bottom, box.top], y.log)];
  const number = (picture.made = (picture.made ?? 0) + 1);
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${text}` },
    // Lines end at the axes; signs and words that stand on them are whole.
    clip(`within-${number}`, box, 1), clip(`around-${number}`, box, 9));
  const put = (...nodes) => svg.append(...nodes);
  const xs = x.names ? x.names.map((name, i) => [i, name]) : ticks(x.domain, x.log, Math.max(3, width / 110)).map((v) => [v, formatX(v)]);
  const ys = y.names ? y.names.map((name, i) => [i, name]) : y.bare ? [] : ticks(y.domain, y.log, Math.max(2, (box.bottom - box.top) / 38)).map((v) => [v, formatY(v)]);
  for (const [v, name] of xs) {
    if (!x.names) put(drawn("line", { x1: px(v), x2: px(v), y1: box.top, y2: box.bottom, class: "grid" }));
    put(steep
      ? drawn("text", { transform: `translate(${px(v) + 4} ${box.bottom + 8}) rotate(-90)`, "text-anchor": "end", class: "small" }, clipped(name))
      : drawn("text", { x: px(v), y: box.bottom + 15, "text-anchor": "middle", class: "small" }, name));
  }
  for (const [v, name] of ys) {
    if (!y.names) put(drawn("line", { x1: box.left, x2: box.right, y1: py(v), y2: py(v), class: "grid" }));
    put(drawn("text", { x: box.left - 6, y: py(v), "text-anchor": "end", "dominant-baseline": "central", class: "small" }, clipped(name)));
  }
  const layer = (clipped) => drawn("g", { "clip-path": `url(#${clipped}-${number})` });
  const [behind, within, thin, over, before] = ["around", "within", "within", "within", "around"].map(layer);
  const layers = { region: behind, line: over, signs: before, texts: before };
  thin.classList.add("pale"); // all at once: where they cross they have the tone that the legend shows
  const order = { region: 0, band: 1, rule: 2, line: 3 };
  for (const mark of [...marks].sort((a, b) => (order[a.kind] ?? 4) - (order[b.kind] ?? 4))) {
    (mark.thin ? thin : layers[mark.kind] ?? within).append(...[MARKS[mark.kind](mark, px, py, box)].flat(Infinity).filter(Boolean));
  }
  put(behind, within, thin, over, before, drawn("path", { d: `M${box.left} ${box.top}V${box.bottom}H${box.right}`, class: "axis" }));
  if (x.label) put(drawn("text", { x: (box.left + box.right) / 2, y: height - 4, "text-anchor": "middle" }, x.label));
  if (y.label) put(drawn("text", { transform: `translate(12 ${(box.top + box.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, y.label));
  return svg;
}

function clipped(name) {
  return name.length > 21 ? `${name.slice(0, 20)}…` : name;
}

function clip(id, box, margin) {
  return drawn("clipPath", { id }, drawn("rect", { x: box.left - margin, y: box.top - margin,
    width: box.right - box.left + 2 * margin, height: box.bottom - box.top + 2 * margin }));
}
