// The markers of the session: placing one, the newest of them, and their lines in the charts.

import { ask, byId, element, tell } from "./page.js";

const SHOWN = 5;

export class Markers {
  constructor(faces) {
    this.faces = faces;
    this.count = -1; // of the markers that are shown
    this.asking = false;
  }

  /** Shows the markers of a session that has begun, or that this page has come back to. */
  async begin() {
    this.count = -1;
    await this.load();
  }

  /** Shows the markers again when there are others than before, from whomever they come. */
  follow(count) {
    if (count === this.count || this.asking) return;
    this.load().catch((error) => tell(error.message, true));
  }

  async load() {
    this.asking = true;
    try {
      const { markers } = await (await ask("markers")).json();
      this.count = markers.length;
      this.faces.markers = markers;
      this.show(markers);
    } finally {
      this.asking = false;
    }
  }

  /** Places a marker now; see placeMarker. */
  async place() {
    const marker = await placeMarker();
    if (marker.files.length === 0) tell(`Placed "${marker.name}", but nothing is being recorded: no file has it`);
  }

  show(markers) {
    const list = byId("markers");
    list.hidden = markers.length === 0;
    const items = markers.slice(-SHOWN).reverse().map((marker) => {
      const kept = marker.files.length > 0;
      const item = element("li", { title: kept ? `in ${marker.files.join(" and ")}` : "in no file, because nothing was recorded" });
      item.append(element("span", { class: "muted", text: `${clock(marker.time)} ` }), marker.name);
      if (!kept) item.append(element("span", { class: "muted", text: " (not recorded)" }));
      return item;
    });
    list.replaceChildren(...items);
  }
}

/** Places a marker now, with the name in the field, which is then empty for the next one. Gives the server's answer. */
export async function placeMarker() {
  const field = byId("marker-name");
  const name = field.value.trim();
  field.value = "";
  try {
    const body = JSON.stringify({ name, source: "page" });
    return await (await ask("markers", { method: "POST", body })).json();
  } catch (error) {
    field.value ||= name;
    throw error;
  }
}

/** A time of the source, as 1:02:03.4. */
function clock(seconds) {
  const tenths = Math.floor(seconds * 10);
  const whole = Math.floor(tenths / 10);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return `${parts.map((part, place) => (place ? String(part).padStart(2, "0") : part)).join(":")}.${tenths % 10}`;
}
