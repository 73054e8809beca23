// One of several sources: its picture, its state, and the last minute of its faces.

import { Faces, legend } from "./faces.js";
import { Link } from "./link.js";
import { ask, byId, element, tell } from "./page.js";
import { Picture } from "./picture.js";
import { Status } from "./status.js";

export class Source {
  /**
   * @param {{number: number, name: string, path: string}} source - As the server lists it.
   * @param {Function} changed - Called whenever its state has come.
   */
  constructor({ number, name, path }, changed) {
    this.path = path;
    this.name = name;
    this.changed = changed;
    this.state = null; // none while it has not been heard of, and when it has ended
    this.begun = false;
    this.markers = -1; // of those that the charts show
    const pill = element("p", { class: "pill", "data-kind": "wait", text: "connecting" });
    const notice = element("p", { class: "notice", hidden: "" });
    const canvas = element("canvas", { role: "img", "aria-label": `The live picture of ${name}`, width: 1280, height: 720 });
    const charts = element("div", { class: "charts" });
    const noChart = element("p", { class: "empty", text: "No face in the last minute" });
    this.figures = element("p", { class: "muted", text: "–" });
    const title = element("h2", {}, element("a", { href: path, title: "All controls of this source" }, `${number}  ${name}`));
    this.card = element(
      "section",
      { class: "card source", "aria-label": name },
      element("header", {}, title, this.figures, pill),
      element("div", { class: "screen" }, canvas, notice),
      charts,
      noChart,
    );
    this.status = new Status(pill, notice);
    this.faces = new Faces({ charts, noChart });
    this.picture = new Picture(canvas, `${path}picture`);
    this.readings = new Link(`${path}readings`, {
      open: () => {
        this.begun = false;
      },
      message: (text) => this.hear(JSON.parse(text)),
      lost: (code) => this.lost(code),
    });
  }

  async begin() {
    this.begun = true;
    try {
      const [setup, history] = await Promise.all(["setup", "history"].map(async (what) => (await this.ask(what)).json()));
      byId("legend").replaceChildren(...legend(setup));
      this.faces.begin(setup, history);
      this.markers = -1;
    } catch (error) {
      tell(error.message, true);
    }
  }

  hear(message) {
    if (message.error) {
      this.status.fail(message.error);
      return;
    }
    if (!this.begun) this.begin(); // not on opening, which succeeds for a source that has ended too
    const { state } = message;
    if (state.recording_error !== null && state.recording_error !== this.state?.recording_error) {
      tell(`The recording of ${this.name} has ended: ${state.recording_error}`, true);
    }
    this.state = state;
    this.figures.textContent = `${state.rate.toFixed(0)} frames/s, ${state.latency_ms.toFixed(0)} ms latency, ${state.dropped} dropped`;
    this.status.show(state);
    this.faces.gap = state.gap_s;
    if (message.faces) this.faces.take(message);
    if (state.markers !== this.markers) this.loadMarkers(state.markers);
    this.changed();
  }

  lost(code) {
    this.state = null;
    this.faces.rest();
    this.status.lost(code);
    this.changed();
  }

  async loadMarkers(count) {
    this.markers = count;
    try {
      this.faces.markers = (await (await this.ask("markers")).json()).markers;
    } catch (error) {
      tell(error.message, true);
    }
  }

  post(what, body) {
    return this.ask(what, { method: "POST", body });
  }

  ask(what, options) {
    return ask(`${this.path}${what}`, options);
  }
}
