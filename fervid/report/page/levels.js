// The probabilities of a face at several resolutions, each half as fine as the one before.

import { byId } from "./page.js";

/** The bytes that a part of the page holds: base64 of zlib. */
async function unpacked(id) {
  const packed = Uint8Array.from(atob(byId(id).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/** Rows at equal steps of time: a byte for each class, then quality, share of uncertain time, share with the face. */
export class Level {
  constructor(step, places, planes) {
    this.step = step;
    this.places = places;
    this.planes = planes;
    this.classes = planes.length - 3;
    this.quality = planes.at(-3);
    this.uncertain = planes.at(-2);
    this.coverage = planes.at(-1);
  }

  /** The first row at this time or after it. */
  rowAt(time) {
    const wanted = Math.floor(time / this.step + 1e-6);
    let [low, high] = [0, this.places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.places[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The row that holds this time; -1 where the face was not seen. */
  rowOf(time) {
    const row = this.rowAt(time);
    return this.places[row] === Math.floor(time / this.step + 1e-6) ? row : -1;
  }

  /** The probabilities of a row, 0 to 1. */
  probabilities(row) {
    return this.planes.slice(0, this.classes).map((plane) => plane[row] / 255);
  }

  /** The place of the most probable class of a row. */
  strongest(row) {
    let best = 0;
    for (let name = 1; name < this.classes; name++) if (this.planes[name][row] > this.planes[best][row]) best = name;
    return best;
  }

  /** The same with steps of twice the length. */
  coarser() {
    const count = this.places.length;
    const into = new Uint32Array(count);
    const places = new Float64Array(count);
    let rows = 0;
    for (let row = 0; row < count; row++) {
      const place = Math.floor(this.places[row] / 2);
      if (rows === 0 || places[rows - 1] !== place) places[rows++] = place;
      into[row] = rows - 1;
    }
    const weights = new Float32Array(rows);
    for (let row = 0; row < count; row++) weights[into[row]] += this.coverage[row];
    const planes = this.planes.slice(0, -1).map((plane) => {
      const sums = new Float32Array(rows);
      for (let row = 0; row < count; row++) sums[into[row]] += plane[row] * this.coverage[row];
      return Uint8Array.from(sums, (value, row) => Math.round(value / weights[row]));
    });
    planes.push(Uint8Array.from(weights, (weight) => Math.max(1, Math.round(weight / 2))));
    return new Level(this.step * 2, places.slice(0, rows), planes);
  }
}

/** All levels of a face, each made when it is first wanted. */
export class Pyramid {
  constructor(finest) {
    this.levels = [finest];
  }

  static async open(key, classes, step) {
    const content = await unpacked(`bands-${key}`);
    const runs = new Float64Array(content, 8, 2 * new Float64Array(content, 0, 1)[0]);
    let count = 0;
    for (let run = 1; run < runs.length; run += 2) count += runs[run];
    const places = new Float64Array(count); // a clock may begin so far from 0 that they exceed 32 bits
    let [row, place] = [0, 0];
    for (let run = 0; run < runs.length; run += 2) {
      place += runs[run];
      for (let rest = runs[run + 1]; rest > 0; rest--) places[row++] = place++;
    }
    const planes = [];
    for (let channel = 0; channel < classes + 3; channel++) {
      const plane = new Uint8Array(content, 8 + runs.byteLength + channel * count, count);
      for (let at = 1; at < count; at++) plane[at] += plane[at - 1]; // bytes wrap around, as the differences do
      planes.push(plane);
    }
    return new Pyramid(new Level(step, places, planes));
  }

  /** The coarsest level whose steps are not longer than so many seconds; the finest one if all are. */
  level(seconds) {
    let at = 0;
    while (this.levels[at].step * 2 <= seconds) {
      if (at + 1 === this.levels.length) this.levels.push(this.levels[at].coarser());
      at++;
    }
    return this.levels[at];
  }
}

/** The segments of a face: begins and ends in seconds, labels, and mean and peak probabilities. */
export class Segments {
  constructor(count, content, start) {
    this.count = count;
    this.from = Float64Array.from(new Float64Array(content, 0, count), (value) => start + value / 1000);
    this.to = Float64Array.from(new Float64Array(content, 8 * count, count), (value) => start + value / 1000);
    this.labels = new Uint8Array(content, 16 * count, count);
    this.means = new Uint8Array(content, 17 * count, count);
    this.peaks = new Uint8Array(content, 18 * count, count);
  }

  static async open(key, count, start) {
    return new Segments(count, await unpacked(`segments-${key}`), start);
  }

  /** The first segment that ends after this time. */
  after(time) {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.to[middle] <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The segment at this time; -1 where there is none. */
  at(time) {
    const found = this.after(time);
    return found < this.count && this.from[found] <= time ? found : -1;
  }
}
