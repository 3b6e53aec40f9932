// Explanations of marks: read out with them, and shown where the pointer or the keyboard is. Escape takes one away.

const explanations = element("div", { hidden: true });
const tip = element("div", { id: "tip", hidden: true, "aria-hidden": "true" });
const known = new Map();
document.body.append(explanations, tip);

// A mark with an explanation, or the bare mark where there is none.
function explained(attributes, text, ...children) {
  if (!text) return element("span", attributes, ...children);
  if (!known.has(text)) {
    known.set(text, `explained-${known.size}`);
    explanations.append(element("span", { id: known.get(text) }, text));
  }
  return element("button", { type: "button", ...attributes, "aria-describedby": known.get(text) }, ...children);
}

function showTip(event) {
  const mark = event.target.closest?.("[aria-describedby^=explained-]");
  if (!mark) return;
  tip.textContent = document.getElementById(mark.getAttribute("aria-describedby")).textContent;
  tip.hidden = false;
  const [place, width] = [mark.getBoundingClientRect(), document.documentElement.clientWidth];
  const below = place.bottom + tip.offsetHeight < innerHeight;
  tip.style.left = `${scrollX + Math.max(4, Math.min(place.left, width - tip.offsetWidth - 4))}px`;
  tip.style.top = `${scrollY + (below ? place.bottom : place.top - tip.offsetHeight)}px`;
}

// It stays while the pointer is on it.
function hideTip(event) {
  if (event.relatedTarget !== tip && event.target.closest?.("[aria-describedby^=explained-], #tip")) tip.hidden = true;
}

for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, showTip);
for (const kind of ["pointerout", "focusout"]) document.addEventListener(kind, hideTip);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
