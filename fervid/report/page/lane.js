// One face of a recording: its portrait, its totals, and its bands, segments and quality over time.

import { element, percent, tint } from "./page.js";
import { drawMarkers } from "./flags.js";
import { Pyramid, Segments } from "./levels.js";
import { length, share, sum } from "./words.js";

const BANDS = 96; // heights in pixels of the screen
const STRIP = 22;
const QUALITY = 5;
const GAP = 4;
export const HEIGHT = BANDS + GAP + STRIP + GAP + QUALITY;

const INK = "#14161a"; // on the colours of emotions, in the dark too
const FAINT = 0.14; // of emotions that are not the chosen one

/** A canvas at the resolution of the screen, empty, ready to draw in pixels of the page. */
export function cleared(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  const wanted = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wanted[0] || canvas.height !== wanted[1]) [canvas.width, canvas.height] = wanted;
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, scale };
}

/** A picture of a face, or the outline of one. */
export function portrait(face, size) {
  if (face.portrait !== null) {
    return element("img", { class: "portrait", src: face.portrait, alt: `Face ${face.id}`, width: size, height: size });
  }
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ class: "portrait", viewBox: "0 0 24 24", width: size, height: size, role: "img" }))
    drawn.setAttribute(name, value);
  drawn.setAttribute("aria-label", `Face ${face.id}, without a picture`);
  const outline = document.createElementNS(drawn.namespaceURI, "path");
  outline.setAttribute("d", "M12 5a4 4 0 0 1 4 4c0 3-2 5-4 5s-4-2-4-5a4 4 0 0 1 4-4zM4 24c0-5 4-8 8-8s8 3 8 8z");
  drawn.append(outline);
  return drawn;
}

export class Lane {
  constructor(face, recording, study) {
    Object.assign(this, { face, recording, study });
    this.names = [...recording.classes, study.uncertain];
    this.colours = this.names.map((name) => study.colours[name]);
    this.canvas = element("canvas", { role: "img", "aria-label": this.summary() });
    this.cursor = element("div", { class: "cursor" });
    this.at = element("p", { class: "at" });
    this.plot = element("div", { class: "plot" }, this.canvas, this.cursor);
    const title = element("h3", { text: `Face ${face.id}` });
    const totals = element("p", { class: "muted", text: this.totals() });
    const caption = element("figcaption", {}, title, totals, this.at);
    this.figure = element("figure", { class: "lane" }, portrait(face, 56), caption, this.plot);
  }

  get ready() {
    return this.pyramid !== undefined;
  }

  async open() {
    const { key, segments } = this.face;
    const { classes, start } = this.recording;
    const parts = [Pyramid.open(key, classes.length, this.study.step), Segments.open(key, segments, start)];
    [this.pyramid, this.segments] = await Promise.all(parts);
  }

  totals() {
    const seen = sum(Object.values(this.face.seconds));
    const most = Object.entries(this.face.seconds).sort((one, other) => other[1] - one[1]).slice(0, 3);
    return [`seen ${length(seen)}`, ...most.map(([name, seconds]) => `${name} ${share(seconds, seen)}`)].join(" · ");
  }

  summary() {
    return `Emotions of face ${this.face.id} over time: ${this.totals()}`;
  }

  /** What the face shows at a time, as text and as the place of its emotion. */
  reading(time) {
    if (!this.ready) return { text: "", label: -1 };
    const level = this.pyramid.levels[0];
    const row = level.rowOf(time);
    if (row < 0) return { text: "not seen", label: -1 };
    const values = level.probabilities(row);
    const order = [...values.keys()].sort((one, other) => values[other] - values[one]).slice(0, 2);
    const text = order.map((place) => `${this.names[place]} ${percent(values[place])}`).join(", ");
    const isUncertain = level.uncertain[row] > 127;
    const label = isUncertain ? this.names.length - 1 : order[0];
    return { text: isUncertain ? `uncertain (${text})` : text, label };
  }

  show(time) {
    const { text, label } = this.reading(time);
    this.at.textContent = text;
    tint(this.at, label < 0 ? "transparent" : this.colours[label]);
  }

  draw(view, style, chosen) {
    if (!this.ready || !this.canvas.clientWidth) return;
    const drawing = { ...cleared(this.canvas), view, style, chosen };
    drawing.x = (time) => ((time - view.from) / (view.to - view.from)) * drawing.width;
    const { context, width } = drawing;
    context.fillStyle = style.track;
    context.globalAlpha = 0.45;
    context.fillRect(0, 0, width, BANDS);
    context.fillRect(0, BANDS + GAP, width, STRIP);
    context.globalAlpha = 1;
    const level = this.pyramid.level((view.to - view.from) / (width * drawing.scale));
    for (const [first, last] of this.runs(level, view)) this.drawRun(drawing, level, first, last);
    context.globalAlpha = 0.13;
    context.fillStyle = "#000";
    for (const part of [0.25, 0.5, 0.75]) context.fillRect(0, Math.round(BANDS * part), width, 1);
    context.globalAlpha = 1;
    this.drawSegments(drawing);
    drawMarkers(context, this.recording.markers, drawing.x, width, BANDS + GAP + STRIP, style.ink);
  }

  /** First and last row of each run without a gap that is in view. */
  *runs(level, view) {
    const { places } = level;
    let first = Math.max(0, level.rowAt(view.from) - 1);
    const end = Math.min(places.length, level.rowAt(view.to) + 2);
    for (let row = first + 1; row <= end; row++) {
      if (row < end && places[row] === places[row - 1] + 1) continue;
      yield [first, row - 1];
      first = row;
    }
  }

  drawRun(drawing, level, first, last) {
    const { context, style, chosen, x } = drawing;
    const count = last - first + 3;
    const across = new Float32Array(count);
    const rows = new Uint32Array(count);
    for (let at = 0; at < count; at++) {
      rows[at] = Math.min(last, Math.max(first, first + at - 1));
      across[at] = x((level.places[rows[at]] + 0.5) * level.step);
    }
    across[0] = x(level.places[first] * level.step);
    across[count - 1] = Math.max(x((level.places[last] + 1) * level.step), across[0] + 1);
    const totals = new Float32Array(count);
    for (let name = 0; name < level.classes; name++)
      for (let at = 0; at < count; at++) totals[at] += level.planes[name][rows[at]];
    const floors = new Float32Array(count);
    const isFinest = level === this.pyramid.levels[0]; // the steps at its ends are short enough to be filled
    for (let name = 0; name < level.classes; name++) {
      const plane = level.planes[name];
      context.beginPath();
      for (let at = 0; at < count; at++) context.lineTo(across[at], BANDS * (1 - floors[at]));
      for (let at = count - 1; at >= 0; at--) {
        floors[at] += (plane[rows[at]] / (totals[at] || 1)) * (isFinest ? 1 : level.coverage[rows[at]] / 255);
        context.lineTo(across[at], BANDS * (1 - floors[at]));
      }
      context.globalAlpha = chosen === null || chosen === this.names[name] ? 1 : FAINT;
      context.fillStyle = this.colours[name];
      context.fill();
    }
    context.globalAlpha = 1;
    this.drawDoubt(drawing, level, across, rows, floors);
    context.fillStyle = style.muted;
    for (let at = 0; at + 1 < count; at++) {
      context.globalAlpha = 0.15 + (0.85 * level.quality[rows[at]]) / 255;
      context.fillRect(across[at], BANDS + GAP + STRIP + GAP, Math.max(0.5, across[at + 1] - across[at] + 0.3), QUALITY);
    }
    context.globalAlpha = 1;
  }

  /** Hatches the bands where most of the time is uncertain. */
  drawDoubt({ context, style, chosen }, level, across, rows, tops) {
    const top = (at) => BANDS * (1 - tops[at]);
    context.fillStyle = style.hatch;
    context.globalAlpha = chosen === null || chosen === this.study.uncertain ? 1 : 0.3;
    for (let at = 0; at + 1 < rows.length; at++) {
      if (level.uncertain[rows[at]] <= 127) continue;
      const from = at;
      while (at + 1 < rows.length - 1 && level.uncertain[rows[at + 1]] > 127) at++;
      context.fillRect(across[from], top(from), across[at + 1] - across[from], BANDS - top(from));
    }
    context.globalAlpha = 1;
  }

  drawSegments(drawing) {
    const { context, view, style, chosen, x } = drawing;
    const { segments } = this;
    const top = BANDS + GAP;
    context.font = "600 12px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (let at = segments.after(view.from); at < segments.count && segments.from[at] < view.to; at++) {
      const left = x(segments.from[at]);
      const width = Math.max(0.5, x(segments.to[at]) - left - (x(segments.to[at]) - left > 3 ? 1 : 0));
      const name = this.names[segments.labels[at]];
      context.globalAlpha = chosen === null || chosen === name ? 1 : FAINT;
      context.fillStyle = this.colours[segments.labels[at]];
      context.fillRect(left, top, width, STRIP);
      if (name === this.study.uncertain) {
        context.fillStyle = style.hatch;
        context.fillRect(left, top, width, STRIP);
      }
      const [begin, end] = [Math.max(left, 0), Math.min(left + width, drawing.width)];
      if (end - begin > 26 && context.globalAlpha === 1) this.label(context, name, begin, end, top + STRIP / 2);
    }
    context.globalAlpha = 1;
  }

  label(context, name, begin, end, middle) {
    const space = end - begin - 10;
    const text = context.measureText(name).width <= space ? name : `${name.slice(0, 2)}.`;
    if (context.measureText(text).width > space) return;
    context.fillStyle = INK;
    context.fillText(text, begin + 5, middle + 0.5);
  }
}
