// What all components share. Texts of prompts and corpora only ever become text nodes, never markup.

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// A text on one line, its line ends to be seen.
const onOneLine = (text) => text.replace(/\s*\n\s*/gu, " ↵ ");

// Show a tip with a line for each fact below a box, or above it where there is no room.
function placeTip(tip, facts, box) {
  tip.replaceChildren(...facts.map((fact) => element("div", "", fact)));
  tip.hidden = false;
  const below = box.bottom + 6 + tip.offsetHeight < window.innerHeight;
  tip.style.left = Math.max(4, Math.min(box.left, window.innerWidth - tip.offsetWidth - 8)) + "px";
  tip.style.top = (below ? box.bottom + 6 : box.top - tip.offsetHeight - 6) + "px";
}
