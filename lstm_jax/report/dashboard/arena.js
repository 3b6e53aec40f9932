// Boards of the arena: how long a lag each cell bridges on each task, and how many trials it solves at every lag.

function arena() {
  if (!page.boards.length) return null;
  return element("section", { "aria-labelledby": "arena" }, element("h2", { id: "arena" }, "The arena"), page.boards.map(board));
}

function board(found) {
  return [element("h3", {}, `The board ${found.name}`), element("p", { class: "quiet" }, found.about),
    element("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `reaches on the board ${found.name}` }, plainTable(found.columns, found.reaches)),
    element("details", {}, element("summary", {}, "Trials solved at every lag, and how it was made"),
      element("div", { class: "pair" }, found.tasks.map((task) => shares(found, task))),
      element("p", { class: "quiet" }, "Made by ", element("code", {}, breakable(found.command)), "."))];
}

function shares({ name, cells, lags }, task) {
  const last = cells.length - 1; // the first cell is the uppermost
  return chart({
    title: `${name}, ${task.name}: trials solved at each lag`,
    text: `${many(task.lines.length, "tile")}; light is better; no tile: not tried. ` + task.lines.map((line) => `${cells[line.cell]} at ${lags[line.lag]}: ${line.solved}`).join("; "),
    x: { label: "lag, steps", names: lags.map((lag) => lag.toLocaleString("en")), domain: [-0.5, lags.length - 0.5] },
    y: { names: [...cells].reverse(), domain: [-0.5, last + 0.5] },
    marks: [{ kind: "cells", tone: 6, points: task.lines.map((line) => [line.lag, last - line.cell, line.share, line.solved]) }],
    height: 60 + 24 * cells.length,
    data: () => ({ columns: ["cell", "lag", "solved [95 %]", "mean presentations, unsolved with the budget", "rate", "weights"],
      rows: task.lines.map((line) => [cells[line.cell], lags[line.lag], line.interval, line.mean, line.rate, line.weights]) }),
  });
}
