// Under which conditions a run was made, in words, and where more is written about its row.

// What a run changes: readings in words, other settings as they are typed; what all of `common` say is left out.
function departures(run, common = []) {
  const { words, settings } = run.departs;
  const parts = words.filter((word) => !common.includes(word)).map((word) => element("span", {}, word));
  parts.push(...settings.map((text) => element("code", {}, breakable(text))));
  return parts.flatMap((part, i) => (i ? ["; ", part] : [part]));
}

// What distinguishes a run from others of its row besides its conditions: seeds, numbers of trials.
function sample(run, others) {
  return ["seed", "trials", "budget"].filter((name) => others.some((other) => facet(other, name) !== facet(run, name)))
    .map((name) => `${name} ${shown(run.fields[name])}`).join(", ");
}

function conditions(run) {
  const printed = page.papers.has(run.row);
  const parts = departures(run);
  if (!parts.length) return [printed ? "as printed" : "as in its file"];
  return [run.departs.closest ? "in the closest reading: " : "changed: ", parts];
}

// The page about a row of the paper: a link where the documents lie beside this page, else its name.
function guide(row) {
  if (!page.papers.has(row)) return null;
  const file = `experiment-${row[0]}.md`;
  const name = `docs/${file}`;
  return page.docs === null ? name : element("a", { href: `${page.docs}/${file}` }, name);
}
