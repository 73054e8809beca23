// One recording: its video, its faces, and the time in view.

import { element, tint } from "./page.js";
import { drawMarkers, Flags } from "./flags.js";
import { cleared, Lane } from "./lane.js";
import { Film } from "./film.js";
import { choose, follow, View } from "./view.js";
import { clock, count, length } from "./words.js";

const SHOWN = 6; // faces before the button that shows the others
const TICK = 90; // pixels between two times of the scale, at least
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

export class Card {
  constructor(recording, number, study, page) {
    Object.assign(this, { recording, study, page });
    this.time = recording.start;
    this.view = new View(recording, () => this.draw());
    this.film = new Film(recording, (time) => this.follow(time));
    this.lanes = recording.faces.map((face) => new Lane(face, recording, study));
    this.flags = new Flags(recording, (time) => this.reach(time));
    this.scale = element("canvas", { class: "scale", "aria-hidden": "true" });
    this.strip = element("canvas", {
      ...{ class: "strip", tabindex: "0", role: "slider", "aria-label": `Time in ${recording.name}` },
      ...{ "aria-valuemin": recording.start, "aria-valuemax": recording.end },
    });
    this.place = element("output", { class: "place" });
    this.more = element("button", { class: "more" });
    this.faces = element("div", { class: "faces" });
    this.article = element("article", { class: "card recording", id: `recording-${number}` }, this.head(), this.body());
    this.showFaces(SHOWN);
    this.more.addEventListener("click", () => this.showFaces(Infinity));
    this.article.addEventListener("pointerdown", () => page.choose(this));
    this.article.addEventListener("focusin", () => page.choose(this));
    choose(this.strip, this.view);
    new IntersectionObserver((entries) => this.come(entries.some((entry) => entry.isIntersecting)), {
      rootMargin: "400px",
    }).observe(this.article);
    new ResizeObserver(() => this.draw()).observe(this.strip);
  }

  head() {
    const { recording } = this;
    const facts = [length(recording.end - recording.start), count(recording.faces.length, "face")];
    if (recording.markers.length) facts.push(count(recording.markers.length, "marker"));
    if (recording.other_markers) facts.push(`${count(recording.other_markers, "marker")} before or after it`);
    if (recording.partial) facts.push("interrupted");
    const button = (text, label, keys, press) => {
      const made = element("button", { text, "aria-label": `${label}: ${recording.name}`, "aria-keyshortcuts": keys, title: `${label} (${keys})` });
      made.addEventListener("click", press);
      return made;
    };
    this.play = button("▶", "Play or pause", "Space", () => this.film.toggle());
    this.play.hidden = !this.film.available;
    const buttons = [
      this.play,
      button("−", "Zoom out", "-", () => this.view.zoom(2, this.time)),
      button("+", "Zoom in", "+", () => this.zoomIn()),
      button("All", "Show all", "0", () => this.view.fit()),
    ];
    const title = element("h2", { text: recording.name });
    const group = element("div", { class: "buttons", role: "group", "aria-label": "Time" }, this.place, ...buttons);
    return element("header", {}, title, element("p", { class: "muted", text: facts.join(" · ") }), group);
  }

  body() {
    const scale = element("div", { class: "lane" }, element("div", { class: "times" }, this.scale, this.strip));
    const none = element("p", { class: "empty", text: "No face was found in this recording." });
    const flags = element("div", { class: "lane" }, this.flags.box);
    flags.hidden = this.flags.box.hidden;
    const plots = element("div", { class: "plots" }, flags, this.lanes.length ? this.faces : none, this.more, scale);
    return element("div", { class: "inside" }, this.film.figure, plots);
  }

  showFaces(most) {
    const shown = this.lanes.slice(0, most);
    this.faces.replaceChildren(...shown.map((lane) => lane.figure));
    this.shown = shown;
    for (const lane of shown) {
      if (lane.followed) continue;
      lane.followed = true;
      follow(lane.plot, this.view, (time) => this.seek(time));
    }
    const left = this.lanes.length - shown.length;
    this.more.hidden = left === 0;
    this.more.textContent = `Show ${count(left, "more face")}`;
    if (this.near) this.come(true);
  }

  /** The card is near the part of the page that is on the screen, or no longer. */
  async come(near) {
    this.near = near;
    if (!near) return;
    await Promise.all(this.shown.filter((lane) => !lane.ready).map((lane) => lane.open()));
    this.draw();
  }

  draw() {
    if (!this.near || this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const style = this.page.style();
      for (const lane of this.shown) lane.draw(this.view, style, this.page.chosen);
      this.flags.draw(this.view);
      this.drawScale(style);
      this.drawStrip(style);
      this.point();
    });
  }

  drawScale(style) {
    const { context, width } = cleared(this.scale);
    const { from, span } = this.view;
    const step = STEPS.find((each) => (each / span) * width >= TICK) ?? 86400;
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "top";
    context.fillStyle = style.muted;
    const first = Math.ceil((from - 1e-9) / step);
    for (let tick = first; tick * step <= from + span; tick++) {
      const x = ((tick * step - from) / span) * width;
      context.fillRect(Math.round(x), 0, 1, 5);
      context.textAlign = x < 20 ? "left" : x > width - 20 ? "right" : "center";
      context.fillText(clock(tick * step, step < 1 ? 1 : 0), x, 7);
    }
  }

  /** The whole recording, and which part of it is in view. */
  drawStrip(style) {
    const { context, width, height, scale } = cleared(this.strip);
    const { start, end, from, to, whole } = this.view;
    const x = (time) => ((time - start) / (end - start)) * width;
    context.fillStyle = style.track;
    context.fillRect(0, 0, width, height);
    const lane = this.lanes[0];
    if (lane?.ready) {
      const level = lane.pyramid.level((end - start) / (width * scale));
      for (let row = 0; row < level.places.length; ) {
        const first = row;
        const name = level.strongest(row);
        do row++;
        while (level.places[row] === level.places[row - 1] + 1 && level.strongest(row) === name);
        const left = x(level.places[first] * level.step);
        context.fillStyle = lane.colours[name];
        context.fillRect(left, 0, Math.max(0.5, x((level.places[row - 1] + 1) * level.step) - left), height);
      }
    }
    drawMarkers(context, this.recording.markers, x, width, height, style.ink);
    if (!whole) {
      context.fillStyle = style.ground;
      context.globalAlpha = 0.75;
      context.fillRect(0, 0, x(from), height);
      context.fillRect(x(to), 0, width, height);
      context.globalAlpha = 1;
    }
    context.strokeStyle = style.ink;
    context.lineWidth = 2;
    context.strokeRect(Math.max(1, x(from)), 1, Math.max(3, Math.min(width - 1, x(to)) - Math.max(1, x(from))), height - 2);
  }

  seek(time) {
    this.time = Math.min(this.view.end, Math.max(this.view.start, time));
    this.film.seek(this.time);
    this.point();
  }

  /** Goes to a time, and turns the page if it is out of view. */
  reach(time) {
    this.seek(time);
    this.view.reach(this.time);
  }

  /** The video plays, or was moved by its own controls. */
  follow(time) {
    this.time = time;
    this.play.textContent = this.film.playing ? "❚❚" : "▶";
    this.view.reach(time);
    this.point();
  }

  /** Puts the cursors to the time, and says what each face shows. */
  point() {
    const { from, span } = this.view;
    const at = (this.time - from) / span;
    this.place.textContent = `${clock(this.time, 1)} of ${clock(this.view.end)}`;
    const said = [];
    for (const lane of this.shown) {
      lane.cursor.hidden = at < 0 || at > 1;
      lane.cursor.style.left = `${100 * at}%`;
      lane.show(this.time);
      said.push(`face ${lane.face.id} ${lane.at.textContent}`);
    }
    this.strip.setAttribute("aria-valuenow", this.time.toFixed(2));
    this.strip.setAttribute("aria-valuetext", `${clock(this.time, 1)}; ${said.slice(0, 3).join("; ")}`);
  }

  zoomIn() {
    this.view.zoom(1 / 2, this.time >= this.view.from && this.time <= this.view.to ? this.time : (this.view.from + this.view.to) / 2);
  }

  /** Does what a key asks for, and says whether it did. */
  press(key, shift) {
    const { view } = this;
    const step = (part) => this.reach(this.time + part * view.span);
    const actions = {
      ArrowLeft: () => (shift ? view.pan(-view.span / 4) : step(-0.01)),
      ArrowRight: () => (shift ? view.pan(view.span / 4) : step(0.01)),
      PageUp: () => step(-0.1),
      PageDown: () => step(0.1),
      Home: () => step(-Infinity),
      End: () => step(Infinity),
      "+": () => this.zoomIn(),
      "=": () => this.zoomIn(),
      "-": () => view.zoom(2, this.time),
      0: () => view.fit(),
      " ": () => this.film.toggle(),
    };
    actions[key]?.();
    return key in actions;
  }
}

/** The colours of the page as a canvas needs them. */
export function styleOf(root) {
  const style = getComputedStyle(root);
  const [ground, card, ink, muted, track] = ["--ground", "--card", "--ink", "--muted", "--track"].map((name) => style.getPropertyValue(name).trim());
  const tile = element("canvas", { width: "8", height: "8" });
  const context = tile.getContext("2d");
  context.strokeStyle = card;
  context.lineWidth = 2.4;
  context.beginPath();
  for (const shift of [-8, 0, 8]) {
    context.moveTo(shift - 2, 10);
    context.lineTo(shift + 10, -2);
  }
  context.stroke();
  return { ground, card, ink, muted, track, hatch: context.createPattern(tile, "repeat") };
}

/** A legend whose entries choose an emotion to stand out. */
export function legend(study, onChoose) {
  const entries = Object.keys(study.colours).map((name) => {
    const swatch = element("span", { class: name === study.uncertain ? "swatch hatched" : "swatch" });
    const entry = element("button", { "aria-pressed": "false", title: `Let ${name} stand out` }, tint(swatch, study.colours[name]), name);
    entry.addEventListener("click", () => {
      const pressed = entry.getAttribute("aria-pressed") === "true";
      for (const other of entries) other.setAttribute("aria-pressed", "false");
      entry.setAttribute("aria-pressed", String(!pressed));
      onChoose(pressed ? null : name);
    });
    return entry;
  });
  return element("div", { class: "legend", role: "group", "aria-label": "Emotions" }, ...entries);
}
