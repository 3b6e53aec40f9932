// The page itself.

function header() {
  const made = new Date(1000 * page.made);
  const trials = page.runs.reduce((sum, run) => sum + run.trials, 0);
  const links = { outcome: "What came out", arena: "The arena", claims: "Claims", tables: "Tables", sweeps: "Settings and runs", nets: "Inside a net", flow: "Error flow", left: "Left out" };
  const here = Object.entries(links).filter(([id]) => document.getElementById(id));
  const theme = element("button", { type: "button", "aria-label": "Light or dark", click: () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    choices.theme = document.documentElement.dataset.theme = dark ? "light" : "dark";
    remember();
  } }, "◐ light or dark");
  document.getElementById("head").replaceChildren(
    element("h1", {}, "Long Short-Term Memory: ", page.folder),
    element("p", { class: "quiet" }, `${many(page.runs.length, "run")}, ${many(trials, "trial")}; written ${made.toLocaleString()}.`),
    element("ul", { class: "chips", "aria-label": "runs by verdict" }, [...verdicts(page.runs)].map(([word, number]) =>
      element("li", {}, `${number.toLocaleString("en")} `, verdict({ verdict: word, meaning: page.meanings[word] })))),
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
    element("details", { open: found.length < 6 }, element("summary", {}, "Which, and why"), words(["place", "reason"], found)));
}

function start() {
  if (choices.theme) document.documentElement.dataset.theme = choices.theme;
  const tablesPlace = element("div", {}), sweepsPlace = element("div", {});
  const redrawSweeps = () => sweepsPlace.replaceChildren(...[sweeps(chosen(page.runs), redrawSweeps)].filter(Boolean));
  const redraw = () => {
    tablesPlace.replaceChildren(tables(chosen(page.runs)));
    redrawSweeps();
  };
  // A run's row in the tables, opened; all rows are shown if a filter hides it.
  const open = (run) => {
    if (!chosen(page.runs).includes(run)) filters.clear();
    const row = [...document.querySelectorAll("tbody.run")].find((body) => body.dataset.run === run.name);
    const opener = row?.querySelector(".opener");
    if (opener?.getAttribute("aria-expanded") === "false") opener.click();
    (opener ?? document.getElementById("search"))?.focus();
    (row ?? tablesPlace).scrollIntoView();
  };
  document.getElementById("main").replaceChildren(
    outcome(open) ?? "",
    arena() ?? "",
    claims() ?? "",
    element("section", { "aria-labelledby": "tables" },
      element("h2", { id: "tables" }, page.runs.some((run) => page.papers.has(run.row)) ? "The paper's tables" : "Tables"),
      element("p", { class: "quiet" }, "Counted are presentations (training sequences) until a trial met the criterion. Means are over solved trials, in brackets over all, in which ",
        "one that was not solved counts with its budget, less than it needs. Where all of the paper's trials were solved, and not all of ours, the mean of all ",
        "is the one that is compared: it stands there alone, with ≥. The paper prints means only. Open a row for its curves, its distribution and the command that runs it again."),
      filters(redraw) ?? "",
      tablesPlace),
    sweepsPlace,
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
