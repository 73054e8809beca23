// The faces that are in the picture: a table of them, and a chart of each one's last minute.

import { element, percent, tint } from "./page.js";
import { Chart, Samples } from "./minute.js";

const CHARTS_MS = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 100;
const TABLE_MS = 100; // nobody reads faster

/** The colours of the classes. */
export function legend(setup) {
  return setup.classes.map((name) => element("li", {}, tint(element("span", { class: "swatch" }), setup.colours[name]), name));
}

export class Faces {
  /**
   * @param {{charts: Element, noChart: Element, table?: Element, noFace?: Element}} places - The elements to fill, and
   *   those to show where there is nothing.
   */
  constructor(places) {
    this.places = places;
    this.setup = null;
    this.samples = new Map();
    this.charts = new Map();
    this.present = [];
    this.markers = []; // of the session, as the server lists them
    this.time = 0;
    this.came = 0;
    this.drawn = 0;
    this.resting = true;
    this.gap = null; // seconds, told with each state
    setInterval(() => this.drawCharts(), CHARTS_MS);
  }

  /** Begins anew, with the last minute that the server has. */
  begin(setup, history) {
    this.setup = setup;
    this.samples.clear();
    this.places.charts.replaceChildren();
    this.charts.clear();
    this.time = 0; // another run has times of its own
    this.present = [];
    for (const { face, times, strengths } of history.faces) {
      const rows = times.map((_, place) => setup.classes.map((name) => strengths[name][place]));
      this.samples.set(face, new Samples(setup.span, times, rows));
      this.time = Math.max(this.time, times.at(-1));
    }
    this.resting = true; // until the first reading tells the time
  }

  /** Takes the next reading. */
  take(reading) {
    if (this.setup === null) return;
    this.time = reading.time;
    this.came = performance.now();
    this.resting = false;
    this.present = reading.faces;
    for (const { face, strengths } of reading.faces) {
      if (!this.samples.has(face)) this.samples.set(face, new Samples(this.setup.span));
      this.samples.get(face).add(reading.time, this.setup.classes.map((name) => strengths[name]));
    }
    if (this.came - this.drawn >= TABLE_MS) {
      this.drawn = this.came;
      this.drawTable();
    }
  }

  /** Time stands still until the next reading. */
  rest() {
    this.resting = true;
  }

  drawTable() {
    const { table, noFace } = this.places;
    if (table === undefined) return;
    const body = table.tBodies[0];
    while (body.rows.length > this.present.length) body.deleteRow(-1);
    while (body.rows.length < this.present.length) body.append(row());
    this.present.forEach((face, place) => this.fill(body.rows[place], face));
    table.hidden = this.present.length === 0;
    noFace.hidden = this.present.length > 0;
  }

  fill(line, { face, emotion, confidence }) {
    const [number, word, share] = line.cells;
    tint(line, this.setup.colours[emotion]);
    number.firstChild.textContent = face;
    word.textContent = emotion;
    share.querySelector(".bar").style.width = `${confidence * 100}%`;
    share.querySelector(".number").textContent = percent(confidence);
  }

  drawCharts() {
    if (this.setup === null || this.gap === null) return;
    const now = this.time + (this.resting ? 0 : (performance.now() - this.came) / 1000);
    const present = new Map(this.present.map(({ face, emotion }) => [face, emotion]));
    for (const [face, samples] of this.samples) {
      samples.forget(now);
      if (samples.times.length === 0) this.drop(face);
      else if (!document.hidden) this.chart(face).draw(samples, now, this.gap, present.get(face), this.markers);
    }
    this.places.noChart.hidden = this.charts.size > 0;
  }

  chart(face) {
    if (!this.charts.has(face)) {
      const made = new Chart(face, this.setup);
      this.charts.set(face, made);
      const after = [...this.charts.values()].filter((chart) => chart.face > face).sort((a, b) => a.face - b.face)[0];
      this.places.charts.insertBefore(made.figure, after?.figure ?? null);
    }
    return this.charts.get(face);
  }

  drop(face) {
    this.samples.delete(face);
    this.charts.get(face)?.figure.remove();
    this.charts.delete(face);
  }
}

function row() {
  const track = element("div", { class: "track" }, element("div", { class: "bar" }));
  const measure = element("div", { class: "measure" }, track, element("span", { class: "number" }));
  const number = element("td", {}, element("span", { class: "tab" }));
  return element("tr", {}, number, element("td"), element("td", {}, measure));
}
