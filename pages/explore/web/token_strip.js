// Draws the tokens and reports the one that is picked. Texts of prompts only ever become text
// nodes (textContent), never markup.

const VISIBLE = { " ": "·", "\n": "↵", "\t": "⇥", "\r": "␍" };
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const LETTER = /[^\s\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

// A text with its spaces and line ends made visible, in a muted tone.
function write(node, text) {
  const showAll = !LETTER.test(text); // joiners inside an emoji must stay as they are
  let run = "";
  const flush = () => {
    if (run) node.append(run);
    run = "";
  };
  for (const character of text) {
    const code = character.codePointAt(0);
    let mark = VISIBLE[character];
    if (!mark && code < 32) mark = String.fromCharCode(0x2400 + code);
    if (!mark && showAll && INVISIBLE.test(character)) {
      mark = "U+" + code.toString(16).toUpperCase().padStart(4, "0");
    }
    if (!mark) {
      run += character;
      continue;
    }
    flush();
    node.append(element("span", "mark", mark));
    if (character === "\n") node.append(document.createElement("br"));
  }
  flush();
}

function nextLine(items, from, down) {
  // The token above or below whose middle is nearest.
  const here = items[from].getBoundingClientRect();
  const middle = here.left + here.width / 2;
  let best = from;
  let cost = Infinity;
  items.forEach((item, i) => {
    if (item.dataset.coded !== "yes") return;
    const box = item.getBoundingClientRect();
    const away = down ? box.top - here.top : here.top - box.top;
    if (away < here.height / 2) return;
    const value = away * 1000 + Math.abs(box.left + box.width / 2 - middle);
    if (value < cost) [best, cost] = [i, value];
  });
  return best;
}

// An element a token, and the gaps between them; made anew only where the prompt changes.
function build(strip, tokens) {
  const signature = JSON.stringify(tokens.map((t) => [t.gap, t.text, t.piece, !t.hue]));
  if (strip.signature === signature) return strip.items;
  strip.signature = signature;
  strip.replaceChildren();
  strip.items = tokens.map((token, i) => {
    if (token.gap) {
      const gap = element("span", "gap mark");
      write(gap, token.gap);
      strip.append(gap);
    }
    // Lines may break before a word, not inside one.
    if (token.gap || /^[^\S\n]/u.test(token.text)) strip.append(document.createElement("wbr"));
    const item = element("span", "token");
    item.setAttribute("role", "option");
    item.dataset.index = String(i);
    if (token.piece) item.append(element("span", "piece", "+"));
    else write(item, token.text);
    strip.append(item);
    return item;
  });
  return strip.items;
}

function colour(item, token) {
  const coded = Boolean(token.hue);
  item.dataset.coded = coded ? "yes" : "no";
  item.classList.toggle("special", !coded);
  item.setAttribute("aria-disabled", String(!coded));
  item.setAttribute("aria-label", [token.text.trim() || "space", ...token.facts].join(", "));
  item.style.setProperty("--s", String(token.shade || 0));
  item.style.setProperty("--hue", coded ? `var(--${token.hue})` : "transparent");
}

function select(items, picked) {
  items.forEach((item, i) => {
    item.setAttribute("aria-selected", String(i === picked));
    item.tabIndex = i === picked ? 0 : -1;
  });
}

// The token that a key goes to from the one in focus; undefined for another key.
function goal(key, strip, items, at) {
  const step = (from, by) => {
    let i = from + by;
    while (i >= 0 && i < items.length && items[i].dataset.coded !== "yes") i += by;
    return i >= 0 && i < items.length ? i : at;
  };
  const forward = getComputedStyle(strip).direction === "rtl" ? -1 : 1;
  const goals = {
    ArrowRight: () => step(at, forward),
    ArrowLeft: () => step(at, -forward),
    ArrowDown: () => nextLine(items, at, true),
    ArrowUp: () => nextLine(items, at, false),
    Home: () => step(-1, 1),
    End: () => step(items.length, -1),
  };
  return goals[key] && items[goals[key]()];
}

function drawLegend(legend, parts) {
  const full = (hue) => `color-mix(in srgb, var(--${hue}) 50%, transparent)`;
  legend.replaceChildren(
    ...parts.map((part) => {
      if (!part.hue) return element("span", "", part.text);
      const scale = element("span", "scale");
      const ramp = element("span", "ramp");
      const stops = [...(part.below ? [full(part.below)] : []), "transparent", full(part.hue)];
      ramp.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
      scale.append(element("span", "", part.from), ramp, element("span", "", part.to));
      return scale;
    }),
  );
}

export default function ({ data, parentElement, setTriggerValue }) {
  const strip = parentElement.querySelector(".strip");
  const tip = parentElement.querySelector(".tip");
  const items = build(strip, data.tokens);
  items.forEach((item, i) => colour(item, data.tokens[i]));
  select(items, data.picked);
  drawLegend(parentElement.querySelector(".legend"), data.legend);

  const hide = () => {
    tip.hidden = true;
  };
  const show = (item) => placeTip(tip, data.tokens[Number(item.dataset.index)].facts, item.getBoundingClientRect());
  const itemOf = (event) => event.target.closest && event.target.closest(".token");
  const pick = (item) => {
    if (!item || item.dataset.coded !== "yes") return;
    const index = Number(item.dataset.index);
    select(items, index);
    item.focus({ preventScroll: true });
    setTriggerValue("picked", index);
  };

  strip.onclick = (event) => pick(itemOf(event));
  strip.onmouseover = (event) => {
    const item = itemOf(event);
    if (item) show(item);
  };
  strip.onmouseleave = hide;
  strip.onscroll = hide;
  strip.onfocusout = hide;
  strip.onkeydown = (event) => {
    const item = itemOf(event);
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = goal(event.key, strip, items, items.indexOf(item));
    if (next) {
      event.preventDefault();
      items.forEach((other) => (other.tabIndex = other === next ? 0 : -1));
      next.focus();
      show(next);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      pick(item);
    } else if (event.key === "Escape") hide();
  };
  return hide;
}
