// Texts with tokens shaded by a value. Texts of a corpus only ever become text nodes, never markup.

// One stretch of text: shaded where it has a value, told about on hover where it has facts.
function run(part) {
  const node = element("span", "run" + (part.focus ? " focus" : "") + (part.label ? " label" : ""));
  node.text = part.text;
  if (part.shade) {
    node.style.setProperty("--s", String(Math.abs(part.shade)));
    node.style.setProperty("--hue", part.shade < 0 ? "var(--negative)" : "var(--positive)");
  }
  if (part.facts) node.facts = part.facts;
  return node;
}

function passage(data) {
  const row = element("div", "row" + (data.whole ? " whole" : ""));
  row.setAttribute("role", "listitem");
  const text = element(data.whole ? "div" : "button", "text");
  if (data.whole) {
    text.dir = "auto";
    text.tabIndex = 0; // a long one scrolls, from the keyboard too
  }
  const before = element("span", "before");
  const inner = element("span");
  before.append(inner);
  const rest = element("span", "rest");
  const at = data.runs.findIndex((part) => part.focus);
  const nodes = data.runs.map(run);
  nodes.forEach((node, i) => (i < at ? inner : rest).append(node));
  text.append(before, rest);
  // A token that is a line end must be seen too.
  const full = (node) => (node.facts || node.matches(".focus") ? node.text.replace(/\n/gu, "↵\n") : node.text);
  const write = (open) => nodes.forEach((node) => (node.textContent = open ? full(node) : onOneLine(node.text)));
  write(Boolean(data.whole));
  if (data.whole) {
    row.append(text);
    return row;
  }
  text.type = "button";
  text.setAttribute("aria-expanded", "false");
  text.setAttribute("aria-label", data.spoken + ": show more of its text");
  text.onclick = () => {
    const open = row.classList.toggle("open");
    text.setAttribute("aria-expanded", String(open));
    write(open);
  };
  const source = element("span", "source", data.source);
  source.title = data.source;
  row.append(element("span", "lead", data.lead), text, source);
  return row;
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".passages");
  const tip = parentElement.querySelector(".tip");
  const legend = parentElement.querySelector(".legend");
  const hide = () => {
    tip.hidden = true;
  };
  const signature = JSON.stringify(data);
  if (list.signature !== signature) {
    list.signature = signature;
    hide();
    let group = "";
    list.replaceChildren();
    for (const one of data.passages) {
      if (one.group && one.group !== group) list.append(element("div", "group", one.group));
      group = one.group;
      list.append(passage(one));
    }
    // Where a text does not fit, the lines around its token are those to be seen.
    for (const node of list.querySelectorAll(".whole .focus")) {
      const box = node.closest(".text");
      box.scrollTop += node.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
    }
    legend.replaceChildren();
    if (data.legend) {
      const [from, what, to] = data.legend;
      legend.append(element("span", "", what), element("span", "", from), element("span", "ramp"), element("span", "", to));
    }
  }
  const show = (node) => placeTip(tip, node.facts, node.getBoundingClientRect());
  list.onmouseover = (event) => {
    const node = event.target.closest && event.target.closest(".run");
    if (node && node.facts) show(node);
    else hide();
  };
  list.onmouseleave = hide;
  list.onfocusin = (event) => {
    const node = event.target.querySelector && event.target.querySelector(".focus");
    if (node && node.facts && event.target.matches(":focus-visible")) show(node);
  };
  list.onfocusout = hide;
  return hide;
}
