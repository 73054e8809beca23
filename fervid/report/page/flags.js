// The markers of a recording: their names above the faces, each of which leads to its moment.

import { element } from "./page.js";
import { clock } from "./words.js";

const LEAST = 12; // pixels of a flag
const USUAL = 90; // pixels of a flag with its name

export class Flags {
  constructor(recording, seek) {
    this.markers = recording.markers;
    this.buttons = this.markers.map(({ time, name }) => {
      const place = `${name}, ${clock(time, 1)}`;
      const button = element("button", { class: "flag", title: place, "aria-label": `Marker ${place}`, text: name });
      button.addEventListener("click", () => seek(time));
      return button;
    });
    this.box = element("div", { class: "flags", role: "group", "aria-label": "Markers" }, ...this.buttons);
    this.box.hidden = this.markers.length === 0;
  }

  /** Puts the flags to their places; each is as wide as the next one lets it be. */
  draw({ from, span }) {
    const width = this.box.clientWidth;
    const places = this.markers.map(({ time }) => ((time - from) / span) * width);
    this.buttons.forEach((button, number) => {
      const at = places[number];
      button.hidden = at < -0.5 || at > width + 0.5;
      const room = Math.min(width, places[number + 1] ?? width) - at;
      const before = at - (places[number - 1] ?? 0) - 2 * USUAL;
      const turned = !(places[number + 1] <= width) && room < USUAL && before > 0; // at the right end
      button.classList.toggle("turned", turned);
      button.style.left = turned ? "auto" : `${Math.min(at, width - LEAST)}px`;
      button.style.right = turned ? `${Math.max(0, width - at)}px` : "auto";
      button.style.maxWidth = `${turned ? before + USUAL : Math.max(LEAST, room - 1)}px`;
    });
  }
}

/** Draws a line at each marker that is in view. */
export function drawMarkers(context, markers, x, width, height, colour) {
  context.fillStyle = colour;
  for (const { time } of markers) {
    const at = Math.round(x(time));
    if (at >= 0 && at <= width) context.fillRect(Math.min(at, width - 1) - 0.5, 0, 1.5, height);
  }
}
