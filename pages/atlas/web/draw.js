// The picture of the map: a dot for every atom, and over them what is drawn around and pointed at.
// Plotly draws 20,000 points too, but needs WebGL, which in a browser without a graphics card takes
// half a second for every move of a lasso. Here points are stamped into an image by hand: some
// milliseconds a picture, so that growth, search and colours play without asking the server.

const NOTHING = 255; // the code of an atom without a value
const GREY = "#8a8fa3";
const FAINT = 0.5; // of an atom without a value, against one of a grey group
const DIM = 0.16; // of an atom that is not lit
const hex = (c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16));
const GREY_RGB = hex(GREY);

// Make a canvas as sharp as the screen; its context, to be drawn on in pixels of the page.
function sharpContext(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [canvas.clientWidth, canvas.clientHeight];
  [canvas.width, canvas.height] = [Math.round(w * ratio), Math.round(h * ratio)];
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}

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

// An image that dots are stamped into.
class DotImage {
  constructor(context, width, height) {
    this.data = context.createImageData(width, height);
    this.pixels = new Uint32Array(this.data.data.buffer);
    [this.width, this.height] = [width, height];
  }

  clear([r, g, b]) {
    this.pixels.fill((255 << 24) | (b << 16) | (g << 8) | r);
  }

  // Pixels are put together in place: this is the inner loop of everything that moves, and an
  // array made in it is one for every pixel.
  dot(x, y, { offsets, cover, reach }, [r, g, b], strength) {
    const { pixels, width, height } = this;
    const px = Math.round(x);
    const py = Math.round(y);
    if (px < reach || py < reach || px >= width - reach || py >= height - reach) return;
    const at = py * width + px;
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
  }
}

class Picture {
  constructor(atlas, root) {
    this.atlas = atlas;
    this.root = root;
    for (const name of ["points", "over"]) this[name] = root.querySelector("." + name);
  }

  // A colour of the theme, as #rrggbb.
  colour(name) {
    const scratch = (this.scratch ??= document.createElement("canvas").getContext("2d"));
    scratch.fillStyle = "#000";
    scratch.fillStyle = getComputedStyle(this.root).getPropertyValue(name).trim() || "#000";
    return scratch.fillStyle;
  }

  drawPoints() {
    const { atlas } = this;
    const image = this.blank();
    const { sx, sy, ox, oy } = atlas.viewport.transform();
    const ratio = window.devicePixelRatio || 1;
    const { x, y, selected, matches, codes, rgb } = atlas;
    const { shapes } = atlas.data.colour;
    const dot = (i, kind, colour, strength) =>
      image.dot((ox + x[i] * sx) * ratio, (oy - y[i] * sy) * ratio, kind, colour, strength);
    const { stamps, halo } = this.stamps(ratio, image.width);
    const put = (i, light) => {
      const code = codes[i];
      const isBig = light === 1 && (selected?.[i] === 1 || matches?.[i] === 1);
      const kind = stamps[shapes[code] === "triangle" ? "triangle" : "disc"][isBig ? 1 : 0];
      if (code === NOTHING) dot(i, kind, GREY_RGB, light * FAINT);
      else dot(i, kind, rgb[code], light);
    };
    const bright = [];
    for (let i = 0; i < atlas.n; i++) {
      if (!atlas.hasEntered(i)) continue;
      if (atlas.isLit(i)) bright.push(i);
      else put(i, DIM);
    }
    const isNarrowed = atlas.legend.only >= 0 || matches;
    // Where a search or the legend says what is lit, the selection shows as a halo.
    if (selected && isNarrowed) {
      const accent = hex(this.colour("--accent"));
      for (let i = 0; i < atlas.n; i++) {
        if (selected[i] && atlas.hasEntered(i)) dot(i, halo, accent, 0.45);
      }
    }
    for (const i of bright) put(i, isNarrowed || selected ? 1 : 0.86);
    this.points.getContext("2d").putImageData(image.data, 0, 0);
  }

  // An image as large as the map, in the colour of the ground.
  blank() {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = this.atlas.viewport.size.map((side) => Math.max(1, Math.round(side * ratio)));
    const canvas = this.points;
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    if (this.image?.width !== w || this.image?.height !== h) {
      this.image = new DotImage(canvas.getContext("2d"), w, h);
    }
    this.image.clear(hex(this.colour("--ground")));
    return this.image;
  }

  // A usual and a big stamp for each shape, and one to lie behind.
  stamps(ratio, width) {
    const { n, viewport } = this.atlas;
    const base = (n > 12000 ? 1.9 : n > 3000 ? 2.5 : n > 300 ? 3.2 : 5) * ratio;
    const radius = base * Math.min(2.2, Math.max(1, viewport.zoom) ** 0.35);
    const both = (shape, ...sizes) => sizes.map((size) => stamp(radius * size, shape, width));
    return {
      stamps: { disc: both("disc", 1, 1.45), triangle: both("triangle", 1.25, 1.75) },
      halo: stamp(radius * 2.2, "disc", width),
    };
  }

  drawOver() {
    const { atlas } = this;
    const context = sharpContext(this.over);
    const { polygon, near } = atlas.pointer;
    const line = polygon ?? atlas.outline?.map((place) => atlas.viewport.toPixels(place));
    if (line?.length > 1) {
      context.beginPath();
      line.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
      context.globalAlpha = 0.08;
      context.fillStyle = context.strokeStyle = this.colour("--accent");
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1.5;
      if (!polygon) context.setLineDash([4, 4]);
      context.stroke();
      context.setLineDash([]);
    }
    if (near >= 0) {
      const [x, y] = atlas.place(near);
      context.beginPath();
      context.arc(x, y, 7, 0, 7);
      context.lineWidth = 2;
      context.strokeStyle = this.colour("--ink");
      context.stroke();
    }
  }
}
