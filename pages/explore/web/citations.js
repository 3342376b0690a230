// The table of a token's atoms. Texts of the corpus only ever become text nodes, never markup.

const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);

function row(cited, largest) {
  const tr = element("tr");
  tr.dataset.atom = String(cited.atom);
  const number = element("td", "number", signed(cited.coefficient));
  const bars = element("td", "bars");
  const bar = element("div", "bar");
  const fill = element("div", "fill " + (cited.coefficient < 0 ? "minus" : "plus"));
  fill.style.width = Math.max(1, (50 * Math.abs(cited.coefficient)) / largest) + "%";
  bar.append(fill);
  bars.append(bar);
  const context = element("td", "context");
  const quote = element("button", "quote");
  quote.type = "button";
  quote.title = `atom ${cited.atom}, ${cited.source}, token ${cited.position}: show more of its text`;
  quote.setAttribute("aria-expanded", "false");
  const before = element("span", "before");
  const beforeText = element("span");
  const after = element("span", "after");
  // A token may begin with the space before its word: the space goes with what is before.
  const word = cited.token.trimStart() || cited.token;
  const space = cited.token.slice(0, cited.token.length - word.length);
  const unfold = (open) => {
    const start = (cited.cut[0] ? "… " : "") + cited.before + space;
    const end = cited.after + (cited.cut[1] ? " …" : "");
    beforeText.textContent = open ? start : onOneLine(start);
    after.textContent = open ? end : onOneLine(end);
  };
  before.append(beforeText);
  unfold(false);
  const rest = element("span", "rest-of");
  rest.append(element("mark", "atom", word.replace(/\n/gu, "↵") || " "), after);
  quote.append(before, rest);
  quote.onclick = () => {
    const open = tr.classList.toggle("open");
    quote.setAttribute("aria-expanded", String(open));
    unfold(open);
  };
  context.append(quote);
  const source = element("td", "source", `${cited.source} · token ${cited.position}`);
  source.title = `${cited.source}, token ${cited.position}, atom ${cited.atom}`;
  const opens = element("td", "number open");
  const link = element("a", "", String(cited.atom));
  link.href = cited.link; // made by the program from a number and a folder's name, always relative
  link.target = "_self";
  link.title = `All about atom ${cited.atom}`;
  link.setAttribute("aria-label", `Open atom ${cited.atom}, ${word.trim()}`);
  opens.append(link);
  tr.append(number, bars, element("td", "number share", cited.share), opens, context, source);
  return tr;
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
