// What the colours say; of groups each is a button that lights its atoms alone.

class Legend {
  constructor(atlas, root) {
    this.atlas = atlas;
    this.root = root.querySelector(".legend");
    this.only = -1; // the group that is lit
    this.pinned = -1; // the group that stays lit once the pointer has left
  }

  show(colour) {
    this.only = this.pinned = -1;
    const parts = [element("span", "what", colour.title)];
    if (colour.ends) parts.push(this.scale(colour));
    colour.names.forEach((name, code) => {
      const button = this.entry(code, name, colour.colours[code], colour.shapes[code]);
      button.append(element("span", "count", whole(colour.counts[code])));
      parts.push(button);
    });
    if (colour.nothing) parts.push(this.entry(NOTHING, colour.nothing, GREY, "disc"));
    this.root.replaceChildren(...parts);
  }

  scale({ colours, ends }) {
    const scale = element("span", "scale");
    const ramp = element("span", "ramp");
    ramp.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
    scale.append(element("span", "", "≤ " + ends[0]), ramp, element("span", "", "≥ " + ends[1]));
    return scale;
  }

  entry(code, name, shade, shape) {
    const button = element("button");
    button.type = "button";
    const swatch = element("span", "swatch " + shape);
    swatch.style.background = shade;
    if (code === NOTHING) swatch.style.opacity = FAINT;
    button.append(swatch, element("span", "", name));
    button.setAttribute("aria-pressed", "false");
    button.title = "Click to see only these";
    button.onmouseenter = () => this.light(code);
    button.onmouseleave = () => this.light(this.pinned);
    button.onclick = () => {
      this.pinned = this.pinned === code ? -1 : code;
      this.root.querySelectorAll("button").forEach((other) =>
        other.setAttribute("aria-pressed", String(other === button && this.pinned === code)));
      this.light(this.pinned);
    };
    return button;
  }

  light(code) {
    this.only = code;
    this.atlas.draw();
  }
}
