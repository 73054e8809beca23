// The page of several sources: all of them, and the buttons that operate all.

import { placeMarker } from "./markers.js";
import { ask, byId, tell } from "./page.js";
import { Source } from "./source.js";

let sources = [];

async function begin() {
  try {
    const listed = (await (await ask("sources")).json()).sources;
    byId("count").textContent = `${listed.length} sources`;
    document.title = `${listed.length} sources – fervid live`;
    sources = listed.map((source) => new Source(source, showState));
    byId("sources").replaceChildren(...sources.map(({ card }) => card));
  } catch (error) {
    tell(error.message, true);
    setTimeout(begin, 4000);
  }
}

/** A button is pressed while any source has what it switches on. */
function showState() {
  press("record", "recording", "Stop", "Record");
  press("pause", "paused", "Resume", "Pause");
}

function press(id, name, on, off) {
  const pressed = running().some(({ state }) => state[name]);
  byId(id).setAttribute("aria-pressed", pressed);
  byId(id).querySelector("span").textContent = pressed ? on : off;
}

const running = () => sources.filter(({ state }) => state !== null);

/** Those that have it on are switched off; where none has, all are switched on. So all are alike afterwards. */
function switched(name) {
  const on = running().filter(({ state }) => state[name]);
  return on.length > 0 ? on : running();
}

const actions = {
  async record() {
    const answers = await each(switched("recording"), async (source) => (await source.post("record")).json());
    const files = answers.flatMap((answer) => answer.files).join(", ");
    tell(answers.some((answer) => answer.recording) ? `Recording ${files}` : `Recorded ${files || "nothing"}`);
  },
  async mark() {
    try {
      const { name, markers } = await placeMarker();
      const unsaved = markers.filter(({ files }) => files.length === 0);
      if (unsaved.length > 0) tell(`Placed "${name}"; where nothing is being recorded, no file has it`);
    } catch (error) {
      tell(error.message, true);
    }
  },
  pause: () => each(switched("paused"), (source) => source.post("pause")),
};

/** Does something with each source at once; what fails is told, and stops no other. */
async function each(chosen, action) {
  const results = await Promise.allSettled(chosen.map(action));
  results.forEach(({ reason }, place) => reason && tell(`${chosen[place].name}: ${reason.message}`, true));
  return results.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
}

for (const id of Object.keys(actions)) {
  byId(id).addEventListener("click", (event) => {
    if (event.detail > 0) event.currentTarget.blur(); // after a click, the space key is to pause, not to press again
    actions[id]();
  });
}

byId("marker-name").addEventListener("keydown", (event) => {
  if (event.key === "Enter") actions.mark();
  if (event.key === "Escape") event.currentTarget.blur(); // so that keys are buttons again
});

const keys = { r: "record", m: "mark", " ": "pause" };

document.addEventListener("keydown", (event) => {
  const id = keys[event.key];
  const used = event.target.closest(event.key === " " ? "button, a, input" : "input"); // they take the key themselves
  if (id === undefined || used || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  actions[id]();
});

begin();
