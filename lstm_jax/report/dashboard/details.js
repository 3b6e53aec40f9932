// Everything about one run: figures, curves, distribution, command, configuration, trials, where it comes from.

function trialText(stage, i) {
  const at = stage.presentations[i];
  return `trial ${i}: ` + (at === null || at === undefined ? "not solved" : `solved after ${at.toLocaleString("en")}`);
}

function command(run) {
  const text = element("pre", { tabindex: 0, "aria-label": "command" }, breakable(run.command));
  return [text, element("button", { type: "button", click: async () => {
    try {
      await navigator.clipboard.writeText(run.command);
      tell("The command was copied.");
    } catch {
      getSelection().selectAllChildren(text); // no clipboard from a file: the reader's own keys copy it
      tell("The command is selected.");
    }
  } }, "Copy the command")];
}

function detail(run) {
  const inside = element("div", { class: "detail-inside" });
  for (const stage of run.stages) {
    inside.append(element("p", {}, element("strong", {}, stage.label), `: "${stage.stage}". `, stripText(stage)));
    if (stage.median !== null) inside.append(element("p", { class: "quiet" }, `Median ${stage.words.median}, range ${stage.words.range}` +
      (stage.solved_interval ? `; solved ${percent(stage.solved / stage.trials)} (95 %: ${stage.solved_interval.map(percent).join(" to ")})` : "") +
      (stage.paper_percent !== null && stage.paper_percent !== undefined ? `; the paper's ${stage.paper_percent} %` : "") +
      (stage.words["all trials"] ? `; mean of the solved trials ${stage.words.mean.replace("\n", " ")}, of all trials ${stage.words["all trials"].replace("\n", " ")}` : "") + "."));
    if (stage.note) inside.append(element("p", {}, stage.note));
  }
  if (run.progress) inside.append(element("p", {}, `At the last checkpoint, ${new Date(1000 * run.progress.saved).toLocaleString()}: ` +
    `${run.progress.presentations.toLocaleString("en")} of at most ${run.budget.toLocaleString("en")} presentations, ${count(run.progress.rate)} a second; at most ${run.progress.left} are left.`));
  inside.append(run.course ? learningCurves(run) : element("p", { class: "late" }, `No learning curves: ${run.no_course}`));
  if (run.course && !run.course.trials.length) inside.append(element("p", { class: "quiet" }, "There are too many trials on this page to draw each: the band stands for them."));
  else if (run.course && run.course.points > 302) inside.append(element("p", { class: "quiet" }, `Drawn are the least and the largest of neighbouring points, of ${run.course.points.toLocaleString("en")}.`));
  const pair = element("div", { class: "pair" }, timeToSuccess(run));
  if (run.course) pair.append(wrongCurves(run) ?? "");
  inside.append(pair, element("h3", {}, "Again"), ...command(run));
  inside.append(element("h3", {}, "Conditions"), element("p", {}, conditions(run), "."), ...settings(run));
  const about = { "its page": guide(run.row) ?? "", "weights": run.weights?.toLocaleString("en") ?? "", "wall time": run.wall, "folder": run.folder, ...run.made };
  inside.append(element("h3", {}, "Where it comes from"), words(["about", "this run"], Object.entries(about).filter(([, value]) => value)));
  if (run.ends.length) {
    const rows = run.ends.map((end, i) => [i, ...run.stages.map((stage) => stage.presentations[i]), end.wrong, end.diverged ? "yes" : ""]);
    const columns = ["trial", ...run.stages.map((stage) => stage.stage), "test sequences wrong at the end", "diverged"];
    inside.append(numbers(`Trials of run ${run.name}`, () => ({ columns, rows }), "Trials"));
  }
  return inside;
}

// Settings in which the runs of a row differ; the others are folded.
function settings(run) {
  const others = page.runs.filter((other) => other.row === run.row);
  const differs = ([name]) => others.some((other) => facet(other, name) !== facet(run, name));
  const all = Object.entries(run.fields);
  const [different, alike] = [all.filter(differs), all.filter((entry) => !differs(entry))];
  const table = (entries) => words(["setting", "value"], entries);
  return [different.length ? element("details", { open: true }, element("summary", {}, "Settings in which runs of this row differ"), table(different)) : null,
    element("details", {}, element("summary", {}, `${different.length ? "The other settings" : "All settings"} (${alike.length})`), table(alike)),
    run.changes.length ? element("details", {}, element("summary", {}, "What differs from the file of its row, as it is typed"),
      element("p", {}, run.changes.map((text) => [element("code", {}, breakable(text)), " "]))) : null].filter(Boolean);
}
