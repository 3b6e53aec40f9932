// The page itself.

function header() {
  const made = new Date(1000 * page.made);
  const counts = new Map();
  for (const run of page.runs) for (const stage of run.stages) counts.set(stage.verdict, (counts.get(stage.verdict) ?? 0) + 1);
  const trials = page.runs.reduce((sum, run) => sum + run.trials, 0);
  const links = { tables: "Tables", sweeps: "Settings and runs", arena: "The arena", nets: "Inside a net", flow: "Error flow", left: "Left out" };
  const here = Object.entries(links).filter(([id]) => document.getElementById(id));
  const theme = element("button", { type: "button", "aria-label": "Light or dark", click: () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    choices.theme = document.documentElement.dataset.theme = dark ? "light" : "dark";
    remember();
  } }, "◐ light or dark");
  document.getElementById("head").replaceChildren(
    element("h1", {}, "Long Short-Term Memory: ", page.folder),
    element("p", { class: "quiet" }, `${many(page.runs.length, "run")}, ${many(trials, "trial")}; written ${made.toLocaleString()}. `),
    element("ul", { class: "chips", "aria-label": "verdicts" }, [...counts].map(([word, many]) => element("li", {}, verdict(word), ` ${many}`))),
    live(made) ?? "",
    element("nav", { "aria-label": "Parts of this page" }, element("ul", {}, here.map(([id, name]) => element("li", {}, element("a", { href: `#${id}` }, name))), element("li", {}, theme))));
}

// While somebody watches, the file is written anew: this page loads itself, unless the reader pauses that.
function live(made) {
  if (!page.seconds) return null;
  if (Date.now() - made > 1000 * Math.max(60, 10 * page.seconds)) {
    return element("p", { class: "late" }, "Nobody writes this page any more: the watch was stopped, or the machine is asleep.");
  }
  let timer = null;
  const wait = () => { timer = setTimeout(() => location.reload(), 1000 * page.seconds); };
  const button = element("button", { type: "button", "aria-pressed": String(choices.paused), click: () => {
    choices.paused = !choices.paused;
    remember();
    button.setAttribute("aria-pressed", String(choices.paused));
    if (choices.paused) clearTimeout(timer);
    else wait();
  } }, "Pause");
  if (!choices.paused) wait();
  return element("p", { id: "live" }, `Live: looks for news every ${page.seconds} s. `, button);
}

function leftOut() {
  const found = Object.entries(page.left_out);
  if (!found.length) return null;
  return element("section", { "aria-labelledby": "left" }, element("h2", { id: "left" }, "Left out"),
    element("p", {}, `${many(found.length, "place")} in the folder could not be shown.`),
    element("details", { open: found.length < 6 }, element("summary", {}, "Which, and why"), plainTable(["place", "reason"], found, { class: "words" })));
}

function start() {
  if (choices.theme) document.documentElement.dataset.theme = choices.theme;
  const tablesPlace = element("div", {}), sweepsPlace = element("div", {});
  const redrawSweeps = () => sweepsPlace.replaceChildren(...[sweeps(chosen(page.runs), redrawSweeps)].filter(Boolean));
  const redraw = () => {
    tablesPlace.replaceChildren(tables(chosen(page.runs)));
    redrawSweeps();
  };
  const main = document.getElementById("main");
  main.replaceChildren(
    filters(redraw) ?? "",
    element("section", { "aria-labelledby": "tables" }, element("h2", { id: "tables" }, "The paper's tables"),
      element("p", { class: "quiet" }, "Counted are presentations (training sequences) until a trial met the criterion. In the pictures a dot is a trial, ",
        "the upright line our mean, the bar its 95 % interval, the dashed line the paper's mean; circles stand for trials that were not solved. ",
        "Means are over solved trials; the paper prints means only; wrong answers are of 2560 test sequences. Open a row for its curves, its distribution and the command that runs it again."),
      tablesPlace),
    sweepsPlace,
    arena() ?? "",
    element("section", { "aria-labelledby": "nets" }, element("h2", { id: "nets" }, "Inside a net"), insides()),
    element("section", { "aria-labelledby": "flow" }, element("h2", { id: "flow" }, "Error flow"), flows()),
    leftOut() ?? "");
  redraw();
  header();
  document.body.dataset.ready = "yes";
}

try {
  start();
} catch (error) {
  document.getElementById("main").append(element("p", { class: "late" }, `This page could not be drawn: ${error.message}.`));
  throw error;
}
