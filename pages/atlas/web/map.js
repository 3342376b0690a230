// The map of a dictionary: what the server says of its atoms, which of them are shown and selected,
// and what the server is told. Drawing, growth, legend and pointer have files of their own.

function decode(text, Type) {
  if (Uint8Array.fromBase64) return new Type(Uint8Array.fromBase64(text).buffer);
  const bytes = atob(text);
  const raw = new Uint8Array(bytes.length);
  for (let i = 0; i < raw.length; i++) raw[i] = bytes.charCodeAt(i);
  return new Type(raw.buffer);
}

function number(value) {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en", { maximumSignificantDigits: Math.abs(value) >= 1000 ? 21 : 3,
    maximumFractionDigits: Math.abs(value) >= 1000 ? 0 : 20 });
}
const whole = (value) => Math.round(value).toLocaleString("en");
const percent = (share) => (Number.isFinite(share) ? number(100 * share) + "%" : "–");

class AtlasMap {
  constructor(root) {
    this.root = root;
    this.title = root.querySelector(".title");
    this.turn = 0; // of the newest view of slider and selection
    this.selected = null; // a mask of atoms, null for none
    this.outline = null; // what was drawn around them, in places
    const box = root.querySelector(".map");
    this.viewport = new Viewport(box);
    this.picture = new Picture(this, root);
    this.legend = new Legend(this, root);
    this.growth = new Growth(this, root);
    this.pointer = new Pointer(this, root);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(box);
    this.themes = matchMedia("(prefers-color-scheme: dark)");
    this.onTheme = () => setTimeout(() => this.draw(), 300);
    this.themes.addEventListener("change", this.onTheme);
  }

  end() {
    this.growth.stop();
    this.resized.disconnect();
    this.themes.removeEventListener("change", this.onTheme);
  }

  // What the server says

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const isOther = data.id !== this.id;
    if (isOther) this.takeAtoms(data);
    this.data = data;
    if (isOther || data.colour.codes !== this.colourText) this.takeColours(data.colour);
    this.matches = data.matches ? decode(data.matches, Uint8Array) : null;
    if (data.turn > this.turn) this.takeView(data);
    this.title.textContent = data.title;
    this.draw();
  }

  takeAtoms(data) {
    this.id = data.id;
    for (const name of ["x", "y", "density"]) this[name] = decode(data[name], Float32Array);
    this.n = this.x.length;
    this.excerpts = null;
    this.entered = decode(data.entered, Uint32Array);
    this.tag = decode(data.tag, Uint16Array);
    this.turn = 0;
    this.pointer.near = -1;
    this.viewport.fit(this.x, this.y);
  }

  takeColours(colour) {
    this.colourText = colour.codes;
    this.codes = decode(colour.codes, Uint8Array);
    this.values = colour.values ? decode(colour.values, Float32Array) : null;
    this.rgb = colour.colours.map(hex);
    this.legend.show(colour);
  }

  // Its view of slider and selection, which counts only if it is newer than ours.
  takeView(data) {
    this.turn = data.turn;
    this.growth.stop();
    this.growth.set(data.seen ?? data.total);
    this.selected = data.selected ? decode(data.selected, Uint8Array) : null;
    this.outline = null;
  }

  // What the server is told

  report() {
    const atoms = [];
    if (this.selected) this.selected.forEach((on, i) => on && atoms.push(i));
    this.turn += 1;
    const seen = this.growth.isWhole ? null : this.growth.tokens;
    this.send("view", { of: this.id, turn: this.turn, seen, atoms });
  }

  open(i) {
    if (i >= 0) this.send("opened", i);
  }

  // Select the atoms of a mask, with the line that was drawn around them.
  select(mask, outline) {
    this.selected = mask?.includes(1) ? mask : null;
    this.outline = this.selected && outline;
    this.draw();
    this.report();
  }

  // What others ask about an atom

  hasEntered(i) {
    return this.entered[i] <= this.growth.tokens;
  }

  isLit(i) {
    if (this.legend.only >= 0) return this.codes[i] === this.legend.only;
    if (this.matches) return this.matches[i] === 1;
    return this.selected ? this.selected[i] === 1 : true;
  }

  // Where it is drawn, in pixels of the map.
  place(i) {
    return this.viewport.toPixels([this.x[i], this.y[i]]);
  }

  // Its token in some words of text, then a line for everything known of it.
  factsOf(i) {
    const { colour, excerpts, tags } = this.data;
    this.excerpts ??= excerpts.split("\n");
    const facts = [this.excerpts[i], `atom ${i} · density ${percent(this.density[i])}`];
    const tag = tags[this.tag[i]];
    if (tag) facts.push(`tag ${tag}`);
    const code = this.codes[i];
    if (colour.label && this.values) facts.push(`${colour.label} ${number(this.values[i])}`);
    else if (colour.label && code !== NOTHING) facts.push(`${colour.label} ${colour.names[code]}`);
    return facts;
  }

  // Draw everything at the next frame, once however often it is asked for.
  draw() {
    if (this.isScheduled || !this.data) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      if (!this.root.isConnected) return;
      this.picture.drawPoints();
      this.picture.drawOver();
      this.growth.draw();
      this.root.dataset.ready = this.id;
    });
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".atlas");
  root.atlas ??= new AtlasMap(root);
  root.atlas.update(component);
  return () => {
    if (!root.isConnected) root.atlas.end();
  };
}
