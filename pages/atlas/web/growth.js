// How the dictionary grew: a slider over the tokens seen, the curve behind it, and its replay.

const STEPS = 200; // of the slider
const REPLAY = 8000; // milliseconds that the whole growth takes

class Growth {
  constructor(atlas, root) {
    this.atlas = atlas;
    for (const name of ["curve", "seen", "play", "said"]) this[name] = root.querySelector("." + name);
    this.tokens = 0; // the map shows what had entered after so many
    this.playing = 0; // the next frame asked for; 0 while nothing plays
    this.listen();
  }

  get total() {
    return this.atlas.data.total;
  }

  get isWhole() {
    return this.tokens >= this.total;
  }

  count() {
    let count = 0;
    for (let i = 0; i < this.atlas.n; i++) if (this.atlas.hasEntered(i)) count++;
    return count;
  }

  set(tokens) {
    this.tokens = Math.min(tokens, this.total);
    this.seen.max = STEPS;
    this.seen.value = Math.round((STEPS * this.tokens) / Math.max(this.total, 1));
    this.say();
  }

  say() {
    const [atoms, tokens] = [whole(this.count()), whole(this.tokens)];
    this.seen.setAttribute("aria-valuetext", `${tokens} tokens seen, ${atoms} atoms`);
    const strong = element("b", "", `${atoms} atoms`);
    this.said.replaceChildren(strong, element("div", "", `after ${tokens} tokens`));
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-label", this.playing ? "Pause" : "Replay the growth");
    this.play.title = this.playing ? "Pause" : "Replay how the dictionary grew";
  }

  listen() {
    this.seen.oninput = () => {
      this.stop();
      this.tokens = Math.round((Number(this.seen.value) / STEPS) * this.total);
      this.say();
      this.atlas.draw();
    };
    this.seen.onchange = () => {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.atlas.report(), 250);
    };
    this.play.onclick = () => {
      if (this.playing) {
        this.stop();
        this.say();
        this.atlas.report();
      } else this.replay();
    };
  }

  replay() {
    const from = this.isWhole ? 0 : this.tokens / this.total;
    const began = performance.now() - Math.sqrt(from) * REPLAY;
    const step = (now) => {
      // Most atoms enter early: the first tokens pass slowly.
      const share = Math.min(1, ((now - began) / REPLAY) ** 2);
      this.tokens = Math.round(share * this.total);
      this.seen.value = Math.round(STEPS * share);
      this.atlas.draw();
      this.playing = share < 1 ? requestAnimationFrame(step) : 0;
      this.say();
      if (share >= 1) this.atlas.report();
    };
    this.playing = requestAnimationFrame(step);
  }

  stop() {
    if (this.playing) cancelAnimationFrame(this.playing);
    this.playing = 0;
  }

  // How many atoms there were after so many tokens, with the part replayed filled in.
  draw() {
    const context = sharpContext(this.curve);
    const [w, h] = [this.curve.clientWidth, this.curve.clientHeight];
    const { seen, atoms } = this.atlas.data.growth;
    const [total, most] = [Math.max(this.total, 1), Math.max(this.atlas.n, 1)];
    const [pad, top, bottom] = [8, 14, h - 24]; // the slider's thumb is 16 wide
    const X = (t) => pad + ((w - 2 * pad) * t) / total;
    const Y = (a) => bottom - ((bottom - top) * a) / most;
    const lineUpTo = (limit) => {
      context.beginPath();
      context.moveTo(X(0), Y(0));
      for (let i = 0; i < seen.length && seen[i] <= limit; i++) context.lineTo(X(seen[i]), Y(atoms[i]));
    };
    const accent = this.atlas.picture.colour("--accent");
    const here = this.count();
    lineUpTo(this.tokens);
    context.lineTo(X(this.tokens), Y(here));
    context.lineTo(X(this.tokens), Y(0));
    context.globalAlpha = 0.16;
    context.fillStyle = accent;
    context.fill();
    context.globalAlpha = 1;
    lineUpTo(total);
    context.strokeStyle = accent;
    context.lineWidth = 1.6;
    context.stroke();
    context.beginPath();
    context.arc(X(this.tokens), Y(here), 4, 0, 7);
    context.fillStyle = accent;
    context.fill();
    this.drawWords(context, w, h, pad);
  }

  drawWords(context, w, h, pad) {
    context.fillStyle = this.atlas.picture.colour("--ink");
    context.globalAlpha = 0.75;
    context.font = `11px ${getComputedStyle(this.curve).fontFamily}`;
    context.textAlign = "left";
    context.fillText(`Growth: atoms (up to ${whole(this.atlas.n)}) over tokens seen`, pad, 10);
    context.fillText("0", pad - 3, h - 1);
    context.textAlign = "center";
    context.fillText("tokens seen", w / 2, h - 1);
    context.textAlign = "right";
    context.fillText(whole(this.total), w - 1, h - 1);
  }
}
