// A map of points on a canvas of its own. Plotly draws 20,000 points too, but needs WebGL, which in
// a browser without a graphics card takes half a second for every move of a lasso. Here points are
// stamped into an image by hand: some milliseconds a picture, so that growth, search and colours
// play without asking the server. Texts of prompts only ever become text nodes.

const NOTHING = 255; // the code of an atom without a value
const GREY = [138, 143, 163];
const FAINT = 0.5; // of an atom without a value, against one of a grey group
const STEPS = 200; // of the slider
const DIM = 0.16;
const NEAR = 9; // pixels around the pointer in which an atom is meant

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
const hex = (c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16));

// Which pixels a dot covers, and how much of each (0 to 256).
function stamp(radius, shape, width) {
  const offsets = [];
  const cover = [];
  const reach = Math.ceil(radius) + 1;
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const inside = shape === "triangle"
        ? Math.min(radius * 0.75 - dy, (dy + radius * 1.25) * 0.45 - Math.abs(dx) * 0.9) + 0.5
        : radius - Math.hypot(dx, dy) + 0.5;
      const a = Math.round(256 * Math.max(0, Math.min(1, inside)));
      if (a) {
        offsets.push(dy * width + dx);
        cover.push(a);
      }
    }
  }
  return { offsets: Int32Array.from(offsets), cover: Uint16Array.from(cover), reach };
}

function inPolygon(x, y, polygon) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

class AtlasMap {
  constructor(root) {
    this.root = root;
    for (const name of ["map", "points", "over", "curve", "seen", "play", "said", "tip", "legend", "title", "tools"]) {
      this[name] = root.querySelector("." + name);
    }
    this.turn = 0;
    this.mode = "lasso";
    this.only = -1; // the group of the legend that is lit
    this.pinned = -1;
    this.near = -1;
    this.polygon = null; // in pixels while it is drawn
    this.selected = null;
    this.makeTools();
    this.listen();
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.map);
    this.themes = matchMedia("(prefers-color-scheme: dark)");
    this.onTheme = () => setTimeout(() => this.draw(), 300);
    this.themes.addEventListener("change", this.onTheme);
  }

  end() {
    this.stop();
    this.resized.disconnect();
    this.themes.removeEventListener("change", this.onTheme);
  }

  // What the server says. Its view of slider and selection counts only if it is newer than ours.
  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const fresh = data.id !== this.id;
    if (fresh) {
      this.id = data.id;
      for (const name of ["x", "y", "density"]) this[name] = decode(data[name], Float32Array);
      this.n = this.x.length;
      this.excerpts = null;
      this.entered = decode(data.entered, Uint32Array);
      this.tag = decode(data.tag, Uint16Array);
      this.turn = 0;
      this.near = -1;
      this.home();
    }
    this.data = data;
    const colour = data.colour;
    if (fresh || colour.codes !== this.colourText) {
      this.colourText = colour.codes;
      this.codes = decode(colour.codes, Uint8Array);
      this.values = colour.values ? decode(colour.values, Float32Array) : null;
      this.rgb = colour.colours.map(hex);
      this.only = this.pinned = -1;
      this.showLegend();
    }
    this.matches = data.matches ? decode(data.matches, Uint8Array) : null;
    if (data.turn > this.turn) {
      this.turn = data.turn;
      this.stop();
      this.setSeen(data.seen ?? data.total);
      this.selected = data.selected ? decode(data.selected, Uint8Array) : null;
      this.outline = null;
    }
    this.title.textContent = data.title;
    this.draw();
  }

  report() {
    const atoms = [];
    if (this.selected) this.selected.forEach((on, i) => on && atoms.push(i));
    this.turn += 1;
    const seen = this.tokens < this.data.total ? this.tokens : null;
    this.send("view", { of: this.id, turn: this.turn, seen, atoms });
  }

  // Place on the map <-> pixels of the page

  home() {
    const range = (values) => {
      let [low, high] = [Infinity, -Infinity];
      for (const v of values) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
      return low <= high ? [low, Math.max(high - low, 1e-6)] : [0, 1];
    };
    [this.left, this.wide] = range(this.x);
    [this.low, this.tall] = range(this.y);
    this.zoom = 1;
    this.middle = [this.left + this.wide / 2, this.low + this.tall / 2];
  }

  // Nearness counts, not proportions: the map may be stretched somewhat to use the room there is.
  scale() {
    const [w, h] = [this.map.clientWidth - 44, this.map.clientHeight - 44];
    const [sx, sy] = [w / this.wide, h / this.tall];
    return [this.zoom * Math.min(sx, sy * 1.8), this.zoom * Math.min(sy, sx * 1.8)];
  }

  place(i) {
    const [sx, sy] = this.scale();
    return [
      this.map.clientWidth / 2 + (this.x[i] - this.middle[0]) * sx,
      this.map.clientHeight / 2 - (this.y[i] - this.middle[1]) * sy,
    ];
  }

  zoomBy(factor, at) {
    const [px, py] = at ?? [this.map.clientWidth / 2, this.map.clientHeight / 2];
    const [dx, dy] = [px - this.map.clientWidth / 2, this.map.clientHeight / 2 - py];
    const before = this.scale();
    this.zoom = Math.max(0.5, Math.min(200, this.zoom * factor));
    const after = this.scale();
    this.middle[0] += dx / before[0] - dx / after[0];
    this.middle[1] += dy / before[1] - dy / after[1];
    this.draw();
  }

  // Drawing

  draw() {
    if (this.asked || !this.data) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      if (!this.root.isConnected) return;
      this.drawPoints();
      this.drawOver();
      this.drawCurve();
      this.root.dataset.ready = this.id;
    });
  }

  colour(name) {
    const scratch = (this.scratch ??= document.createElement("canvas").getContext("2d"));
    scratch.fillStyle = "#000";
    scratch.fillStyle = getComputedStyle(this.root).getPropertyValue(name).trim() || "#000";
    return scratch.fillStyle;
  }

  lit(i) {
    if (this.only >= 0) return this.codes[i] === this.only;
    if (this.matches) return this.matches[i] === 1;
    return this.selected ? this.selected[i] === 1 : true;
  }

  drawPoints() {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [this.map.clientWidth, this.map.clientHeight].map((v) => Math.max(1, Math.round(v * ratio)));
    const canvas = this.points;
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const context = canvas.getContext("2d");
    if (this.image?.width !== w || this.image?.height !== h) this.image = context.createImageData(w, h);
    const image = this.image;
    const pixels = new Uint32Array(image.data.buffer);
    const ground = hex(this.colour("--ground"));
    pixels.fill((255 << 24) | (ground[2] << 16) | (ground[1] << 8) | ground[0]);

    const base = (this.n > 12000 ? 1.9 : this.n > 3000 ? 2.5 : this.n > 300 ? 3.2 : 5) * ratio;
    const radius = base * Math.min(2.2, Math.max(1, this.zoom) ** 0.35);
    const stamps = {
      disc: stamp(radius, "disc", w),
      triangle: stamp(radius * 1.25, "triangle", w),
      picked: stamp(radius * 1.45, "disc", w),
      pickedTriangle: stamp(radius * 1.75, "triangle", w),
    };
    const shapes = this.data.colour.shapes;
    const [sx, sy] = this.scale().map((s) => s * ratio);
    const [ox, oy] = [w / 2 - this.middle[0] * sx, h / 2 + this.middle[1] * sy];
    // Colours are taken apart beforehand and pixels put together in place: this is the inner loop
    // of everything that moves, and an array made in it is one for every pixel.
    const dot = (i, { offsets, cover, reach }, colour, strength) => {
      const px = Math.round(ox + this.x[i] * sx);
      const py = Math.round(oy - this.y[i] * sy);
      if (px < reach || py < reach || px >= w - reach || py >= h - reach) return;
      const [r, g, b] = colour;
      const at = py * w + px;
      for (let k = 0; k < offsets.length; k++) {
        const alpha = cover[k] * strength;
        const under = pixels[at + offsets[k]];
        const ur = under & 255;
        const ug = (under >> 8) & 255;
        const ub = (under >> 16) & 255;
        pixels[at + offsets[k]] =
          (255 << 24) |
          ((ub + (((b - ub) * alpha) >> 8)) << 16) |
          ((ug + (((g - ug) * alpha) >> 8)) << 8) |
          (ur + (((r - ur) * alpha) >> 8));
      }
    };
    const put = (i, light) => {
      const code = this.codes[i];
      const triangle = shapes[code] === "triangle";
      const big = light === 1 && (this.selected?.[i] === 1 || this.matches?.[i] === 1);
      const kind = triangle ? (big ? "pickedTriangle" : "triangle") : big ? "picked" : "disc";
      if (code === NOTHING) dot(i, stamps[kind], GREY, light * FAINT);
      else dot(i, stamps[kind], this.rgb[code], light);
    };
    const bright = [];
    for (let i = 0; i < this.n; i++) {
      if (this.entered[i] > this.tokens) continue;
      if (this.lit(i)) bright.push(i);
      else put(i, DIM);
    }
    // Where a search or the legend says what is lit, the selection shows as a halo.
    if (this.selected && (this.only >= 0 || this.matches)) {
      const [accent, halo] = [hex(this.colour("--accent")), stamp(radius * 2.2, "disc", w)];
      for (let i = 0; i < this.n; i++) {
        if (this.selected[i] && this.entered[i] <= this.tokens) dot(i, halo, accent, 0.45);
      }
    }
    const plain = this.only < 0 && !this.matches && !this.selected;
    for (const i of bright) put(i, plain ? 0.86 : 1);
    context.putImageData(image, 0, 0);
  }

  drawOver() {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [this.map.clientWidth, this.map.clientHeight];
    const canvas = this.over;
    [canvas.width, canvas.height] = [Math.round(w * ratio), Math.round(h * ratio)];
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const accent = this.colour("--accent");
    const line = this.polygon ?? this.outline?.map(([x, y]) => {
      const [sx, sy] = this.scale();
      return [w / 2 + (x - this.middle[0]) * sx, h / 2 - (y - this.middle[1]) * sy];
    });
    if (line?.length > 1) {
      context.beginPath();
      line.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
      context.globalAlpha = 0.08;
      context.fillStyle = context.strokeStyle = accent;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1.5;
      if (!this.polygon) context.setLineDash([4, 4]);
      context.stroke();
      context.setLineDash([]);
    }
    if (this.near >= 0) {
      const [x, y] = this.place(this.near);
      context.beginPath();
      context.arc(x, y, 7, 0, 7);
      context.lineWidth = 2;
      context.strokeStyle = this.colour("--ink");
      context.stroke();
    }
  }

  // How many atoms there were after so many tokens, with the part replayed filled in.
  drawCurve() {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [this.curve.clientWidth, this.curve.clientHeight];
    [this.curve.width, this.curve.height] = [Math.round(w * ratio), Math.round(h * ratio)];
    const context = this.curve.getContext("2d");
    context.scale(ratio, ratio);
    const { seen, atoms } = this.data.growth;
    const [total, most] = [Math.max(this.data.total, 1), Math.max(this.n, 1)];
    const [pad, top, bottom] = [8, 14, h - 24]; // the slider's thumb is 16 wide
    const X = (t) => pad + ((w - 2 * pad) * t) / total;
    const Y = (a) => bottom - ((bottom - top) * a) / most;
    const upTo = (limit) => {
      context.beginPath();
      context.moveTo(X(0), Y(0));
      for (let i = 0; i < seen.length && seen[i] <= limit; i++) context.lineTo(X(seen[i]), Y(atoms[i]));
    };
    const [accent, ink] = [this.colour("--accent"), this.colour("--ink")];
    const here = this.atomsNow();
    upTo(this.tokens);
    context.lineTo(X(this.tokens), Y(here));
    context.lineTo(X(this.tokens), Y(0));
    context.globalAlpha = 0.16;
    context.fillStyle = accent;
    context.fill();
    context.globalAlpha = 1;
    upTo(total);
    context.strokeStyle = accent;
    context.lineWidth = 1.6;
    context.stroke();
    context.beginPath();
    context.arc(X(this.tokens), Y(here), 4, 0, 7);
    context.fillStyle = accent;
    context.fill();
    context.fillStyle = ink;
    context.globalAlpha = 0.7;
    context.font = `11px ${getComputedStyle(this.root).fontFamily}`;
    context.textAlign = "left";
    context.fillText(`Growth: atoms (up to ${whole(this.n)}) over tokens seen`, pad, 10);
    context.fillText("0", pad - 3, h - 1);
    context.textAlign = "center";
    context.fillText("tokens seen", w / 2, h - 1);
    context.textAlign = "right";
    context.fillText(whole(this.data.total), w - 1, h - 1);
  }

  atomsNow() {
    let count = 0;
    for (let i = 0; i < this.n; i++) if (this.entered[i] <= this.tokens) count++;
    return count;
  }

  // Slider

  setSeen(tokens) {
    this.tokens = Math.min(tokens, this.data.total);
    this.seen.max = STEPS;
    this.seen.value = Math.round((STEPS * this.tokens) / Math.max(this.data.total, 1));
    this.saySeen();
  }

  saySeen() {
    this.seen.setAttribute("aria-valuetext", `${whole(this.tokens)} tokens seen, ${whole(this.atomsNow())} atoms`);
    const strong = element("b", "", `${whole(this.atomsNow())} atoms`);
    this.said.replaceChildren(strong, element("div", "", `after ${whole(this.tokens)} tokens`));
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.playing ? "Pause" : "Replay the growth");
    this.play.title = this.playing ? "Pause" : "Replay how the dictionary grew";
  }

  replay() {
    const from = this.tokens >= this.data.total ? 0 : this.tokens / this.data.total;
    const began = performance.now() - Math.sqrt(from) * 8000;
    const step = (now) => {
      // Most atoms enter early: the first tokens pass slowly.
      const share = Math.min(1, ((now - began) / 8000) ** 2);
      this.tokens = Math.round(share * this.data.total);
      this.seen.value = Math.round(STEPS * share);
      this.draw();
      this.playing = share < 1 ? requestAnimationFrame(step) : 0;
      this.saySeen();
      if (share >= 1) this.report();
    };
    this.playing = requestAnimationFrame(step);
  }

  stop() {
    if (this.playing) cancelAnimationFrame(this.playing);
    this.playing = 0;
  }

  // Legend and tools

  showLegend() {
    const { colour } = this.data;
    const parts = [element("span", "what", colour.title)];
    if (colour.ends) {
      const scale = element("span", "scale");
      const ramp = element("span", "ramp");
      ramp.style.background = `linear-gradient(to right, ${colour.colours.join(", ")})`;
      scale.append(element("span", "", "≤ " + colour.ends[0]), ramp, element("span", "", "≥ " + colour.ends[1]));
      parts.push(scale);
    }
    const entry = (code, name, count, shade, shape) => {
      const button = element("button");
      button.type = "button";
      const swatch = element("span", "swatch " + shape);
      swatch.style.background = shade;
      if (code === NOTHING) swatch.style.opacity = FAINT;
      button.append(swatch, element("span", "", name));
      if (count !== undefined) button.append(element("span", "count", whole(count)));
      button.setAttribute("aria-pressed", "false");
      button.title = "Click to see only these";
      const light = (only) => {
        this.only = only;
        this.draw();
      };
      button.onmouseenter = () => light(code);
      button.onmouseleave = () => light(this.pinned);
      button.onclick = () => {
        this.pinned = this.pinned === code ? -1 : code;
        this.legend.querySelectorAll("button").forEach((other) =>
          other.setAttribute("aria-pressed", String(other === button && this.pinned === code)));
        light(this.pinned);
      };
      return button;
    };
    colour.names.forEach((name, code) =>
      parts.push(entry(code, name, colour.counts[code], colour.colours[code], colour.shapes[code])));
    if (colour.nothing) parts.push(entry(NOTHING, colour.nothing, undefined, "#8a8fa3", "disc"));
    this.legend.replaceChildren(...parts);
  }

  makeTools() {
    const modes = { lasso: ["Lasso", "Draw around atoms to select them"], box: ["Box", "Drag a box around atoms"],
      move: ["Move", "Drag the map"] };
    const buttons = {};
    const choose = (mode) => {
      this.mode = mode;
      this.map.classList.toggle("move", mode === "move");
      for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === mode));
    };
    const tool = (text, title, act) => {
      const button = element("button", "", text);
      button.type = "button";
      button.title = title;
      button.onclick = act;
      this.tools.append(button);
      return button;
    };
    for (const [mode, [text, title]] of Object.entries(modes)) buttons[mode] = tool(text, title, () => choose(mode));
    choose("lasso");
    tool("+", "Zoom in (Ctrl + wheel)", () => this.zoomBy(1.5)).setAttribute("aria-label", "Zoom in");
    tool("−", "Zoom out (Ctrl + wheel)", () => this.zoomBy(1 / 1.5)).setAttribute("aria-label", "Zoom out");
    tool("Whole map", "Show the whole map", () => {
      this.home();
      this.draw();
    });
  }

  // Pointer and keyboard

  at(event) {
    const box = this.map.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  nearest(px, py, within = NEAR) {
    const [sx, sy] = this.scale();
    const [ox, oy] = [this.map.clientWidth / 2 - this.middle[0] * sx, this.map.clientHeight / 2 + this.middle[1] * sy];
    const narrowed = this.only >= 0 || this.matches || this.selected;
    let [best, cost] = [-1, within * within];
    for (let i = 0; i < this.n; i++) {
      if (this.entered[i] > this.tokens) continue;
      const [dx, dy] = [ox + this.x[i] * sx - px, oy - this.y[i] * sy - py];
      let away = dx * dx + dy * dy;
      if (away >= cost) continue;
      if (narrowed && !this.lit(i)) away += 16; // what is lit goes first
      if (away < cost) [best, cost] = [i, away];
    }
    return best;
  }

  hover(i) {
    if (i !== this.near) {
      this.near = i;
      this.map.classList.toggle("near", i >= 0);
      this.drawOver();
    }
    this.tip.hidden = i < 0;
    if (i < 0) return;
    const { colour, tags } = this.data;
    this.excerpts ??= this.data.excerpts.split("\n");
    const facts = [
      element("div", "quote", this.excerpts[i]),
      element("div", "", `atom ${i} · density ${percent(this.density[i])}`),
    ];
    const tag = tags[this.tag[i]];
    if (tag) facts.push(element("div", "", `tag ${tag}`));
    const code = this.codes[i];
    if (colour.label && this.values) facts.push(element("div", "", `${colour.label} ${number(this.values[i])}`));
    else if (colour.label && code !== NOTHING) facts.push(element("div", "", `${colour.label} ${colour.names[code]}`));
    this.tip.replaceChildren(...facts);
    const box = this.map.getBoundingClientRect();
    const [x, y] = this.place(i);
    const right = box.left + x + 14 + this.tip.offsetWidth < window.innerWidth;
    this.tip.style.left = (right ? box.left + x + 14 : box.left + x - 14 - this.tip.offsetWidth) + "px";
    this.tip.style.top = Math.max(4, Math.min(box.top + y + 10, window.innerHeight - this.tip.offsetHeight - 6)) + "px";
  }

  finish(add) {
    const [sx, sy] = this.scale();
    const [w, h] = [this.map.clientWidth, this.map.clientHeight];
    const around = this.polygon.map(([x, y]) => [
      this.middle[0] + (x - w / 2) / sx,
      this.middle[1] - (y - h / 2) / sy,
    ]);
    this.polygon = null;
    const chosen = add && this.selected ? this.selected.slice() : new Uint8Array(this.n);
    let any = false;
    for (let i = 0; i < this.n; i++) {
      if (this.entered[i] <= this.tokens && inPolygon(this.x[i], this.y[i], around)) chosen[i] = 1;
      if (chosen[i]) any = true;
    }
    this.selected = any ? chosen : null;
    this.outline = any && !add ? around : null;
    this.draw();
    this.report();
  }

  listen() {
    const { map, seen } = this;
    let start = null;
    map.onpointerdown = (event) => {
      if (event.button !== 0) return;
      start = { at: this.at(event), middle: [...this.middle], moved: false };
      map.setPointerCapture(event.pointerId);
    };
    map.onpointermove = (event) => {
      const [x, y] = this.at(event);
      if (!start) {
        this.hover(this.nearest(x, y));
        return;
      }
      const [x0, y0] = start.at;
      if (!start.moved && Math.hypot(x - x0, y - y0) < 4) return;
      start.moved = true;
      this.hover(-1);
      if (this.mode === "move") {
        const [sx, sy] = this.scale();
        this.middle = [start.middle[0] - (x - x0) / sx, start.middle[1] + (y - y0) / sy];
        this.draw();
        return;
      }
      if (this.mode === "box") this.polygon = [[x0, y0], [x, y0], [x, y], [x0, y]];
      else (this.polygon ??= [[x0, y0]]).push([x, y]);
      this.drawOver();
    };
    map.onpointerup = (event) => {
      if (!start) return;
      const { moved } = start;
      start = null;
      if (this.polygon) this.finish(event.shiftKey);
      else if (!moved) {
        const atom = this.nearest(...this.at(event));
        if (atom >= 0) this.send("opened", atom);
      }
    };
    map.onpointercancel = () => {
      start = this.polygon = null;
      this.drawOver();
    };
    map.onpointerleave = () => this.hover(-1);
    map.onblur = () => this.hover(-1);
    map.ondblclick = (event) => {
      if (this.nearest(...this.at(event)) < 0) this.zoomBy(2, this.at(event));
    };
    map.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 300), this.at(event));
    }, { passive: false });
    map.onkeydown = (event) => this.key(event);
    seen.oninput = () => {
      this.stop();
      const share = Number(seen.value) / STEPS;
      this.tokens = Math.round(share * this.data.total);
      this.saySeen();
      this.draw();
    };
    seen.onchange = () => {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.report(), 250);
    };
    this.play.onclick = () => {
      if (this.playing) {
        this.stop();
        this.saySeen();
        this.report();
      } else this.replay();
    };
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (way) this.step(way);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "Enter" && this.near >= 0) this.send("opened", this.near);
    else if (event.key === "Escape" && this.selected) {
      this.selected = this.outline = null;
      this.draw();
      this.report();
    } else return;
    event.preventDefault();
  }

  // To the next atom in a direction; sideways counts double.
  step([wx, wy]) {
    const [w, h] = [this.map.clientWidth, this.map.clientHeight];
    if (this.near < 0) {
      this.hover(this.nearest(w / 2, h / 2, Infinity));
      return;
    }
    const [x, y] = this.place(this.near);
    let [best, cost] = [this.near, Infinity];
    for (let i = 0; i < this.n; i++) {
      if (this.entered[i] > this.tokens || i === this.near || !this.lit(i)) continue;
      const [px, py] = this.place(i);
      const along = (px - x) * wx + (py - y) * wy;
      const aside = Math.abs((px - x) * wy) + Math.abs((py - y) * wx);
      if (along < 3 || px < 0 || py < 0 || px > w || py > h) continue;
      if (along + 2 * aside < cost) [best, cost] = [i, along + 2 * aside];
    }
    this.hover(best);
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
