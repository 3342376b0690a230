// Pointer and keyboard: hover and open an atom, draw around some, zoom and move the map.

const NEAR = 9; // pixels around the pointer in which an atom is meant
const DRAG = 4; // pixels that a press may stray and still be a click
const MODES = {
  lasso: ["Lasso", "Draw around atoms to select them"],
  box: ["Box", "Drag a box around atoms"],
  move: ["Move", "Drag the map"],
};
const isTouch = () => matchMedia("(pointer: coarse)").matches;
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function inPolygon(x, y, polygon) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

class Pointer {
  constructor(atlas, root) {
    this.atlas = atlas;
    for (const name of ["map", "tip", "tools"]) this[name] = root.querySelector("." + name);
    this.near = -1; // the atom pointed at
    this.polygon = null; // what is being drawn around, in pixels
    this.press = null; // where the button went down, while it is
    this.makeTools();
    this.listen();
  }

  // Tools

  makeTools() {
    const buttons = {};
    const choose = (mode, isPressed) => {
      this.mode = mode;
      this.map.classList.toggle("held", isPressed);
      this.map.classList.toggle("move", mode === "move");
      for (const [name, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(name === mode));
    };
    for (const [mode, [text, title]] of Object.entries(MODES)) {
      // Pressed again, a finger scrolls again.
      buttons[mode] = this.tool(text, title, () => {
        const isHeld = this.mode === mode && this.map.classList.contains("held");
        if (isHeld && isTouch()) choose(null, false);
        else choose(mode, true);
      });
    }
    choose(isTouch() ? null : "lasso", false);
    this.tool("+", "Zoom in (Ctrl + wheel)", () => this.zoomBy(1.5)).setAttribute("aria-label", "Zoom in");
    this.tool("−", "Zoom out (Ctrl + wheel)", () => this.zoomBy(1 / 1.5)).setAttribute("aria-label", "Zoom out");
    this.tool("Whole map", "Show the whole map", () => {
      this.atlas.viewport.home();
      this.atlas.draw();
    });
  }

  tool(text, title, act) {
    const button = element("button", "", text);
    button.type = "button";
    button.title = title;
    button.onclick = act;
    this.tools.append(button);
    return button;
  }

  zoomBy(factor, at) {
    this.atlas.viewport.zoomBy(factor, at);
    this.atlas.draw();
  }

  // Pointer

  listen() {
    const { map } = this;
    map.onpointerdown = (event) => this.down(event);
    map.onpointermove = (event) => {
      if (this.press) this.drag(event);
      else this.hover(this.nearest(...this.at(event)));
    };
    map.onpointerup = (event) => this.up(event);
    map.onpointercancel = () => {
      this.press = this.polygon = null;
      this.atlas.picture.drawOver();
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
  }

  at(event) {
    const box = this.map.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    if (event.button !== 0) return;
    this.press = { at: this.at(event), middle: [...this.atlas.viewport.middle], isDrag: false };
    this.map.setPointerCapture(event.pointerId);
  }

  drag(event) {
    const { press } = this;
    const [x, y] = this.at(event);
    const [x0, y0] = press.at;
    if (!press.isDrag && Math.hypot(x - x0, y - y0) < DRAG) return;
    press.isDrag = true;
    this.hover(-1);
    if (!this.mode) return;
    if (this.mode === "move") {
      this.atlas.viewport.move(press.middle, x - x0, y - y0);
      this.atlas.draw();
      return;
    }
    if (this.mode === "box") this.polygon = [[x0, y0], [x, y0], [x, y], [x0, y]];
    else (this.polygon ??= [[x0, y0]]).push([x, y]);
    this.atlas.picture.drawOver();
  }

  up(event) {
    if (!this.press) return;
    const { isDrag } = this.press;
    this.press = null;
    if (this.polygon) this.selectInside(event.shiftKey);
    else if (!isDrag) this.atlas.open(this.nearest(...this.at(event)));
  }

  // Select the atoms that were drawn around, beside those selected before or instead of them.
  selectInside(isAdded) {
    const { atlas } = this;
    const around = this.polygon.map((pixels) => atlas.viewport.toPlace(pixels));
    this.polygon = null;
    const mask = isAdded && atlas.selected ? atlas.selected.slice() : new Uint8Array(atlas.n);
    for (let i = 0; i < atlas.n; i++) {
      if (atlas.hasEntered(i) && inPolygon(atlas.x[i], atlas.y[i], around)) mask[i] = 1;
    }
    atlas.select(mask, isAdded ? null : around);
  }

  nearest(px, py, within = NEAR) {
    const { atlas } = this;
    const { sx, sy, ox, oy } = atlas.viewport.transform();
    let [best, cost] = [-1, within * within];
    for (let i = 0; i < atlas.n; i++) {
      if (!atlas.hasEntered(i)) continue;
      const [dx, dy] = [ox + atlas.x[i] * sx - px, oy - atlas.y[i] * sy - py];
      let away = dx * dx + dy * dy;
      if (away >= cost) continue;
      if (!atlas.isLit(i)) away += 16; // what is lit goes first
      if (away < cost) [best, cost] = [i, away];
    }
    return best;
  }

  // Point at an atom and say what it is; -1 for none.
  hover(i) {
    if (i !== this.near) {
      this.near = i;
      this.map.classList.toggle("near", i >= 0);
      this.atlas.picture.drawOver();
    }
    this.tip.hidden = i < 0;
    if (i < 0) return;
    const [quote, ...facts] = this.atlas.factsOf(i);
    this.tip.replaceChildren(
      element("div", "quote", quote), ...facts.map((fact) => element("div", "", fact)));
    const box = this.map.getBoundingClientRect();
    const [x, y] = this.atlas.place(i);
    const isRight = box.left + x + 14 + this.tip.offsetWidth < window.innerWidth;
    this.tip.style.left = (isRight ? box.left + x + 14 : box.left + x - 14 - this.tip.offsetWidth) + "px";
    this.tip.style.top = Math.max(4, Math.min(box.top + y + 10, window.innerHeight - this.tip.offsetHeight - 6)) + "px";
  }

  // Keyboard

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = WAYS[event.key];
    if (way) this.step(way);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.5);
    else if (event.key === "-") this.zoomBy(1 / 1.5);
    else if (event.key === "Enter" && this.near >= 0) this.atlas.open(this.near);
    else if (event.key === "Escape" && this.atlas.selected) this.atlas.select(null, null);
    else return;
    event.preventDefault();
  }

  // To the next atom in a direction; sideways counts double.
  step([wx, wy]) {
    const { atlas } = this;
    const [w, h] = atlas.viewport.size;
    if (this.near < 0) {
      this.hover(this.nearest(w / 2, h / 2, Infinity));
      return;
    }
    const [x, y] = atlas.place(this.near);
    let [best, cost] = [this.near, Infinity];
    for (let i = 0; i < atlas.n; i++) {
      if (!atlas.hasEntered(i) || i === this.near || !atlas.isLit(i)) continue;
      const [px, py] = atlas.place(i);
      const along = (px - x) * wx + (py - y) * wy;
      const aside = Math.abs((px - x) * wy) + Math.abs((py - y) * wx);
      if (along < 3 || px < 0 || py < 0 || px > w || py > h) continue;
      if (along + 2 * aside < cost) [best, cost] = [i, along + 2 * aside];
    }
    this.hover(best);
  }
}
