// Which part of the map is shown: places on the map <-> pixels of its box.

class Viewport {
  constructor(box) {
    this.box = box;
    this.zoom = 1;
  }

  // Show a map whose points have these places.
  fit(x, y) {
    [this.left, this.wide] = extent(x);
    [this.low, this.tall] = extent(y);
    this.home();
  }

  // Show all of the map.
  home() {
    this.zoom = 1;
    this.middle = [this.left + this.wide / 2, this.low + this.tall / 2];
  }

  get size() {
    return [this.box.clientWidth, this.box.clientHeight];
  }

  // Pixels for each unit of x and y. Nearness counts, not proportions: the map may be stretched
  // somewhat to use the room there is.
  scale() {
    const [w, h] = this.size.map((side) => side - 44);
    const [sx, sy] = [w / this.wide, h / this.tall];
    return [this.zoom * Math.min(sx, sy * 1.8), this.zoom * Math.min(sy, sx * 1.8)];
  }

  // A place is at [ox + x * sx, oy - y * sy] pixels: loops over all points take these four.
  transform() {
    const [w, h] = this.size;
    const [sx, sy] = this.scale();
    return { sx, sy, ox: w / 2 - this.middle[0] * sx, oy: h / 2 + this.middle[1] * sy };
  }

  toPixels([x, y]) {
    const { sx, sy, ox, oy } = this.transform();
    return [ox + x * sx, oy - y * sy];
  }

  toPlace([px, py]) {
    const { sx, sy, ox, oy } = this.transform();
    return [(px - ox) / sx, (oy - py) / sy];
  }

  // Nearer or farther; what is at these pixels stays there.
  zoomBy(factor, at) {
    const [w, h] = this.size;
    const [px, py] = at ?? [w / 2, h / 2];
    const [dx, dy] = [px - w / 2, h / 2 - py];
    const before = this.scale();
    this.zoom = Math.max(0.5, Math.min(200, this.zoom * factor));
    const after = this.scale();
    this.middle[0] += dx / before[0] - dx / after[0];
    this.middle[1] += dy / before[1] - dy / after[1];
  }

  // The map dragged by so many pixels, from where its middle was.
  move(middle, dx, dy) {
    const [sx, sy] = this.scale();
    this.middle = [middle[0] - dx / sx, middle[1] + dy / sy];
  }
}

// The least of some numbers, and how far they reach from there.
function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, Math.max(high - low, 1e-6)] : [0, 1];
}
