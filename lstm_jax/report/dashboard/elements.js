// Parts of the page. Whatever comes from data enters it as text or as the value of an attribute, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

// 26.1k, 853k, 1.27M: as the terminal's table writes counts.
function count(value) {
  for (const [unit, name] of [[1e6, "M"], [1e3, "k"]]) {
    if (value < 0.9995 * unit) continue;
    const scaled = value / unit;
    return scaled.toFixed(Math.max(0, 3 - String(Math.trunc(scaled)).length)) + name;
  }
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function many(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

// A value of a configuration, as one reads it.
function shown(value) {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

// A setting, a path or a command, which may go on in the next line between its parts alone.
function breakable(text) {
  return text.split(/(?<=[.=,/])/).flatMap((part, i) => (i ? [element("wbr"), part] : [part]));
}

function tell(text) {
  document.getElementById("told").textContent = text;
}

function save(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
  tell(`${name} was saved.`);
}

// Comma-separated values; a spreadsheet shall not take a text for a formula.
function separated(columns, rows) {
  const cell = (value) => {
    let text = value === null || value === undefined ? "" : shown(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

// Numbers of a figure: to be read here, or saved. `data` gives { columns, rows } when asked.
function numbers(name, data, word = "Values") {
  const most = 200;
  const place = element("div", { class: "values", tabindex: 0, role: "group", "aria-label": `values of ${name}` });
  const details = element("details", {
    toggle: () => {
      if (!details.open || place.childElementCount) return;
      const { columns, rows } = data();
      place.append(plainTable(columns, rows.slice(0, most)));
      if (rows.length > most) place.append(element("p", {}, `${rows.length - most} more are in the file.`));
    },
  }, element("summary", {}, word),
    element("button", { type: "button", click: () => {
      const { columns, rows } = data();
      save(`${name.replace(/[^\w.-]+/g, "-")}.csv`, separated(columns, rows), "text/csv");
    } }, "Save as CSV"), place);
  return details;
}

function plainTable(columns, rows, attributes = {}) {
  return element("table", attributes,
    element("thead", {}, element("tr", {}, columns.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, rows.map((row) => element("tr", {}, row.map((value, i) => {
      const text = value === null ? "" : typeof value === "object" && value instanceof Node ? value : shown(value);
      return i ? element("td", {}, text) : element("th", { scope: "row" }, text);
    })))));
}

// Names and what they stand for.
function words(columns, entries) {
  const cell = (value) => (value instanceof Node ? value : element("span", {}, breakable(shown(value))));
  return plainTable(columns, entries.map((entry) => entry.map(cell)), { class: "words" });
}

let choicesMade = 0;

function choice(name, options, value, change) {
  const id = `choice-${(choicesMade += 1)}`;
  return element("div", { class: "choice" }, element("label", { for: id }, name),
    element("select", { id, change: (event) => change(event.target.value) },
      options.map(([key, text]) => element("option", { value: key, selected: key === value }, text))));
}
