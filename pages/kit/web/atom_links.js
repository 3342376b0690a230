// A list of atoms, each a link to its page. Texts of a corpus only ever become text nodes.

function row(one, wide, pick) {
  const tr = element("tr");
  const name = element("td", "name");
  if (wide) name.style.width = wide;
  if (one.link) {
    const link = element("a", "", one.name);
    link.href = one.link; // relative, made by the program from a number and a folder's name
    link.target = "_self";
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
      event.preventDefault(); // the same view without loading the app anew
      pick({ dictionary: one.dictionary, atom: one.atom });
    };
    name.append(link);
  } else name.textContent = one.name;
  name.title = one.title || one.name;
  const lead = element("td", "lead", one.lead);
  tr.append(name);
  if (one.lead) tr.append(lead);
  if (one.bar !== undefined) {
    const bars = element("td", "bars");
    const bar = element("div", "bar");
    bar.style.width = 100 * Math.max(0, Math.min(1, one.bar)) + "%";
    bars.append(bar);
    tr.append(bars);
  }
  const text = element("td", "text" + (one.word ? "" : " words"));
  text.append(element("span", "around", one.before || ""));
  if (one.word) text.append(element("b", "", one.word), element("span", "around", one.after || ""));
  text.title = text.textContent;
  tr.append(text);
  return tr;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const body = parentElement.querySelector("tbody");
  const signature = JSON.stringify(data);
  if (body.signature === signature) return;
  body.signature = signature;
  body.replaceChildren(...data.rows.map((one) => row(one, data.wide, (to) => setTriggerValue("picked", to))));
}
