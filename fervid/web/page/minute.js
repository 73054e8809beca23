// The last minute of one face: its samples, and its chart.

import { element, percent, tint } from "./page.js";

const EVERY_S = 0.1;
const GRACE_S = 1e-3; // times are whole ticks of a clock, so a tenth may come out a hair shorter
const FOOT = 18; // pixels below the areas, for the times
const LONGEST = 24; // characters of the name of a marker
const ROWS = 3; // of names
const ROW = 16; // pixels

/** Samples of a face, at most ten a second. */
export class Samples {
  constructor(span, times = [], rows = []) {
    this.span = span;
    this.times = times;
    this.rows = rows;
  }

  get last() {
    return this.times.at(-1) ?? -Infinity;
  }

  add(time, row) {
    if (time - this.last < EVERY_S - GRACE_S && time >= this.last) return;
    if (time < this.last) this.times.length = this.rows.length = 0; // another source, with times of its own
    this.times.push(time);
    this.rows.push(row);
  }

  forget(now) {
    const old = this.times.findIndex((time) => time >= now - this.span);
    const count = old < 0 ? this.times.length : old;
    this.times.splice(0, count);
    this.rows.splice(0, count);
  }

  /** First and last place of each run without a gap, which is longer than so many seconds. */
  *runs(gap) {
    let from = 0;
    for (let place = 1; place <= this.times.length; place++) {
      if (place === this.times.length || this.times[place] - this.times[place - 1] > gap) {
        yield [from, place - 1];
        from = place;
      }
    }
  }

  nearest(time, gap) {
    let best = -1;
    this.times.forEach((at, place) => {
      if (best < 0 || Math.abs(at - time) < Math.abs(this.times[best] - time)) best = place;
    });
    return best >= 0 && Math.abs(this.times[best] - time) <= gap ? best : -1;
  }
}

/** A figure with one face's strengths, stacked to 100 %, over the last minute. */
export class Chart {
  constructor(face, setup) {
    this.setup = setup;
    this.face = face;
    this.pointer = null;
    this.tab = element("span", { class: "tab", text: face });
    this.now = element("span", { class: "now" });
    this.at = element("span", { class: "at" });
    this.canvas = element("canvas", { role: "img" });
    const caption = element("figcaption", {}, this.tab, this.now, this.at);
    this.figure = element("figure", { class: "card chart" }, caption, this.canvas);
    this.canvas.addEventListener("pointermove", (event) => {
      this.pointer = event.offsetX;
    });
    this.canvas.addEventListener("pointerleave", () => {
      this.pointer = null;
    });
  }

  /** Draws the minute up to now; `emotion` is that of the face in the newest picture, undefined if it is not there. */
  draw(samples, now, gap, emotion, markers) {
    const { context, width, height } = this.cleared();
    if (!width) return;
    const style = getComputedStyle(document.documentElement);
    const x = (time) => width - ((now - time) / samples.span) * width;
    const floor = height - FOOT;
    this.drawGround(context, width, floor, style);
    for (const [from, to] of samples.runs(gap)) this.drawRun(context, samples, from, to, x, floor);
    this.drawScale(context, width, height, floor, style, samples.span);
    this.drawMarkers(context, markers.filter(({ time }) => time >= now - samples.span && time <= now), x, width, floor, style);
    this.label(samples, emotion);
    this.drawPointer(context, samples, now, gap, width, floor, style);
  }

  /** The canvas at the screen's own resolution, empty. */
  cleared() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const scale = window.devicePixelRatio || 1;
    const wanted = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== wanted[0] || this.canvas.height !== wanted[1]) [this.canvas.width, this.canvas.height] = wanted;
    const context = this.canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    return { context, width, height };
  }

  drawGround(context, width, floor, style) {
    context.globalAlpha = 0.45;
    context.fillStyle = style.getPropertyValue("--track");
    context.fillRect(0, 0, width, floor);
    context.globalAlpha = 1;
  }

  drawRun(context, samples, from, to, x, floor) {
    const left = x(samples.times[from]);
    const points = [];
    for (let place = from; place <= to; place++) points.push([x(samples.times[place]), samples.rows[place]]);
    points.push([Math.max(points.at(-1)[0] + 1, left + 2), points.at(-1)[1]]);
    const floors = points.map(() => 0);
    this.setup.classes.forEach((name, order) => {
      context.beginPath();
      points.forEach(([at, row], place) => context.lineTo(at, floor * (1 - floors[place] - row[order])));
      for (let place = points.length - 1; place >= 0; place--) {
        context.lineTo(points[place][0], floor * (1 - floors[place]));
        floors[place] += points[place][1][order];
      }
      context.fillStyle = this.setup.colours[name];
      context.fill();
    });
  }

  drawScale(context, width, height, floor, style, span) {
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "bottom";
    context.fillStyle = style.getPropertyValue("--muted");
    for (let ago = 0; ago <= span; ago += 15) {
      const at = width - (ago / span) * width;
      context.textAlign = ago === 0 ? "right" : ago === span ? "left" : "center";
      context.fillText(ago === 0 ? "now" : `−${ago} s`, at, height);
    }
    context.globalAlpha = 0.14;
    context.fillStyle = "#000";
    for (const share of [0.25, 0.5, 0.75]) context.fillRect(0, Math.round(floor * share), width, 1);
    context.globalAlpha = 1;
  }

  /** A line at each marker, and its name in the first row that has room for it. */
  drawMarkers(context, markers, x, width, floor, style) {
    context.font = "600 11px system-ui, sans-serif";
    context.textBaseline = "top";
    context.textAlign = "left";
    const [ink, edge] = ["--ink", "--card"].map((name) => style.getPropertyValue(name));
    for (const [colour, half] of [[edge, 2], [ink, 1]]) { // edges, because emotions may have any colour
      context.fillStyle = colour;
      for (const { time } of markers) context.fillRect(Math.round(x(time)) - half, 0, 2 * half, floor);
    }
    const free = new Array(ROWS).fill(0); // where the last name of each row ends
    for (const { time, name } of [...markers].sort((one, other) => one.time - other.time)) {
      const at = Math.round(x(time));
      const text = name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
      const wide = context.measureText(text).width + 8;
      const left = at + wide > width ? at + 1 - wide : at - 1;
      const row = free.findIndex((end) => end <= left);
      if (row < 0) continue;
      context.fillStyle = ink;
      context.fillRect(left, row * ROW, wide, ROW);
      context.fillStyle = edge;
      context.fillText(text, left + 4, row * ROW + 2.5);
      free[row] = left + wide;
    }
  }

  drawPointer(context, samples, now, gap, width, floor, style) {
    this.at.textContent = "";
    if (this.pointer === null) return;
    const time = now - (1 - this.pointer / width) * samples.span;
    const place = samples.nearest(time, gap);
    context.fillStyle = style.getPropertyValue("--ink");
    context.fillRect(Math.round(this.pointer), 0, 1, floor);
    const ago = `−${(now - time).toFixed(0)} s`;
    this.at.textContent = place < 0 ? `${ago}: not detected` : `${ago}: ${this.strongest(samples.rows[place], 2).join(", ")}`;
  }

  label(samples, emotion) {
    const row = samples.rows.at(-1);
    const present = emotion !== undefined;
    tint(this.tab, present ? this.setup.colours[emotion] : "var(--track)");
    this.now.textContent = present ? emotion : "not detected";
    this.figure.classList.toggle("gone", !present);
    const sure = present && this.setup.classes.includes(emotion);
    const said = sure ? `now ${this.strongest(row, 1)[0]}` : present ? `now ${emotion}` : "not detected now";
    this.canvas.setAttribute("aria-label", `Emotions of face ${this.face} over the last minute, ${said}`);
  }

  strongest(row, count) {
    const order = [...row.keys()].sort((one, other) => row[other] - row[one]).slice(0, count);
    return order.map((place) => `${this.setup.classes[place]} ${percent(row[place])}`);
  }
}
