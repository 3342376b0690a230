// The table of a token's atoms. Texts of the corpus only ever become text nodes, never markup.

function row(cited, largest) {
  const tr = element("tr");
  tr.dataset.atom = String(cited.atom);
  const source = element("td", "source", `${cited.source} · token ${cited.position}`);
  source.title = `${cited.source}, token ${cited.position}, atom ${cited.atom}`;
  tr.append(
    element("td", "number", cited.written),
    bar(cited.coefficient, largest),
    element("td", "number share", cited.share),
    linkTo(cited),
    context(cited, tr),
    source,
  );
  return tr;
}

function bar(coefficient, largest) {
  const cell = element("td", "bars");
  const whole = element("div", "bar");
  const fill = element("div", "fill " + (coefficient < 0 ? "minus" : "plus"));
  fill.style.width = Math.max(1, (50 * Math.abs(coefficient)) / largest) + "%";
  whole.append(fill);
  cell.append(whole);
  return cell;
}

// A token may begin with the space before its word: the space goes with what is before.
const wordOf = (token) => token.trimStart() || token;

function linkTo(cited) {
  const cell = element("td", "number open");
  const link = element("a", "", String(cited.atom));
  link.href = cited.link; // made by the program from a number and a folder's name, always relative
  link.target = "_self";
  link.title = `All about atom ${cited.atom}`;
  link.setAttribute("aria-label", `Open atom ${cited.atom}, ${wordOf(cited.token).trim()}`);
  cell.append(link);
  return cell;
}

// The atom's word in its source text; a click unfolds the text, and the row with it.
function context(cited, tr) {
  const cell = element("td", "context");
  const quote = element("button", "quote");
  quote.type = "button";
  quote.title = `atom ${cited.atom}, ${cited.source}, token ${cited.position}: show more of its text`;
  const before = element("span", "before");
  const beforeText = element("span");
  const after = element("span", "after");
  const word = wordOf(cited.token);
  const space = cited.token.slice(0, cited.token.length - word.length);
  const unfold = (open) => {
    const start = (cited.cut[0] ? "… " : "") + cited.before + space;
    const end = cited.after + (cited.cut[1] ? " …" : "");
    quote.setAttribute("aria-expanded", String(open));
    beforeText.textContent = open ? start : onOneLine(start);
    after.textContent = open ? end : onOneLine(end);
  };
  unfold(false);
  quote.onclick = () => unfold(tr.classList.toggle("open"));
  const rest = element("span", "rest-of");
  rest.append(element("mark", "atom", word.replace(/\n/gu, "↵") || " "), after);
  before.append(beforeText);
  quote.append(before, rest);
  cell.append(quote);
  return cell;
}

export default function ({ data, parentElement }) {
  const find = (selector) => parentElement.querySelector(selector);
  const signature = JSON.stringify(data);
  const body = find("tbody");
  if (body.signature === signature) return;
  body.signature = signature;
  find(".word").textContent = data.token.replace(/\n/gu, "↵").trim() || "·";
  const rest = find(".rest");
  const [head, verdict, loss] = data.headline.split(/(not novel|novel)/u);
  rest.replaceChildren(head, element("em", "", verdict), loss);
  find(".headline").classList.toggle("novel", data.novel);
  find(".caption").textContent = data.caption;

  const largest = Math.max(...data.rows.map((r) => Math.abs(r.coefficient)), 1e-9);
  const more = find(".more");
  const rows = data.rows.map((r) => row(r, largest));
  const fill = (n) => {
    body.replaceChildren(...rows.slice(0, n));
    more.hidden = data.rows.length <= data.shown;
    more.textContent = n >= data.rows.length ? `Show the first ${data.shown}` : `Show all ${data.rows.length}`;
    more.onclick = () => fill(n >= data.rows.length ? data.shown : data.rows.length);
  };
  fill(data.shown);
  find("table").hidden = data.rows.length === 0;
}
