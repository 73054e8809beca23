// The live page: its picture, readings, state and buttons.

import { Faces, legend } from "./faces.js";
import { Link } from "./link.js";
import { Markers } from "./markers.js";
import { ask, byId, element, nameOf, save, tell } from "./page.js";
import { Picture } from "./picture.js";
import { Status } from "./status.js";

let recordingError = null;

const status = new Status(byId("link"), byId("notice"));
const faces = new Faces({ charts: byId("charts"), noChart: byId("no-chart"), table: byId("faces"), noFace: byId("no-face") });
const markers = new Markers(faces);
new Picture(byId("picture"));
const readings = new Link("readings", { open: begin, message: hear, lost });

async function begin() {
  try {
    const [setup, history] = await Promise.all([ask("setup"), ask("history")].map(async (asked) => (await asked).json()));
    byId("source").textContent = setup.source;
    byId("detector").textContent = setup.detector;
    byId("engine").textContent = setup.engine;
    document.title = `${setup.source} – fervid live`;
    byId("legend").replaceChildren(...legend(setup));
    faces.begin(setup, history);
    await markers.begin();
  } catch (error) {
    tell(error.message, true);
  }
}

function hear(text) {
  const message = JSON.parse(text);
  if (message.error) {
    status.fail(message.error);
    return;
  }
  showState(message.state);
  faces.gap = message.state.gap_s;
  if (message.faces) faces.take(message);
}

async function lost(code) {
  faces.rest();
  status.lost(code);
  if (readings?.attempts !== 3) return;
  try {
    await ask("setup");
  } catch (error) {
    if (error.status === 401 || error.status === 403) tell(error.message, true); // another run, with another token
  }
}

function showState(state) {
  byId("rate").textContent = state.rate.toFixed(1);
  byId("latency").textContent = `${state.latency_ms.toFixed(0)} (${state.latency_p99_ms.toFixed(0)})`;
  byId("dropped").textContent = state.dropped;
  press("record", state.recording, state.recording ? "Stop" : "Record");
  press("pause", state.paused, state.paused ? "Resume" : "Pause");
  press("mirror", state.mirror);
  byId("smoothing").hidden = state.smoothing_time === null;
  byId("smoothing-time").textContent = `${state.smoothing_time} s`;
  showRecordings(state.recordings);
  markers.follow(state.markers);
  if (state.recording_error !== recordingError) {
    recordingError = state.recording_error;
    if (recordingError !== null) tell(`The recording has ended: ${recordingError}`, true);
  }
  status.show(state);
}

function press(id, pressed, label) {
  const button = byId(id);
  button.setAttribute("aria-pressed", pressed);
  if (label !== undefined) button.querySelector("span").textContent = label;
}

function showRecordings(names) {
  const list = byId("recordings");
  list.hidden = names.length === 0;
  if (list.childElementCount === names.length) return;
  const links = names.map((name) =>
    element("li", {}, element("a", { href: `recordings/${encodeURIComponent(name)}`, download: name, text: name })),
  );
  list.replaceChildren(...links);
}

const actions = {
  async record() {
    const { recording, files } = await (await ask("record", { method: "POST" })).json();
    tell(recording ? `Recording ${files.join(" and ")}` : `Recorded ${files.join(" and ") || "nothing"}`);
    if (!recording && files.length === 0) await markers.load(); // which are in no file now
  },
  async snapshot() {
    const answer = await ask("snapshot", { method: "POST" });
    save(await answer.blob(), nameOf(answer));
  },
  mark: () => markers.place(),
  pause: () => change("pause"),
  mirror: () => change("mirror"),
  shorter: () => change("smoothing/shorter"),
  longer: () => change("smoothing/longer"),
};

async function change(path) {
  const { state } = await (await ask(path, { method: "POST" })).json();
  showState(state);
}

async function act(id) {
  try {
    await actions[id]();
  } catch (error) {
    tell(error.message, true);
  }
}

byId("marking").addEventListener("submit", (event) => event.preventDefault()); // the click on its button does it

for (const id of Object.keys(actions)) {
  byId(id).addEventListener("click", (event) => {
    if (event.detail > 0) event.currentTarget.blur(); // after a click, the space key is to pause, not to press again
    act(id);
  });
}

byId("marker-name").addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.currentTarget.blur(); // so that keys are buttons again
});

const keys = { r: "record", s: "snapshot", m: "mark", " ": "pause", f: "mirror", "-": "shorter", "+": "longer", "=": "longer" };

document.addEventListener("keydown", (event) => {
  const id = keys[event.key];
  const used = event.target.closest(event.key === " " ? "button, input" : "input"); // they take the key themselves
  if (id === undefined || used || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act(id);
});
