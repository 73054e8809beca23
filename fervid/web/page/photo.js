// The page for still pictures: each is sent, read, and shown with its faces.

import { ask, byId, element, percent, save, tell, tint } from "./page.js";

const BUSY = 503;
const WAIT_MS = 2000;
const MOST_ATTEMPTS = 60; // two minutes

const shown = []; // the numbers of the pictures that were read
const tables = []; // the links to the tables of these pictures, one for each format
let setup = null;
let turn = Promise.resolve(); // one picture after the other

byId("pick").addEventListener("change", (event) => {
  take(event.target.files);
  event.target.value = ""; // so that the same picture can be chosen again
});

document.addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop").classList.add("over");
});

document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) byId("drop").classList.remove("over");
});

document.addEventListener("drop", (event) => {
  event.preventDefault();
  byId("drop").classList.remove("over");
  take(event.dataTransfer.files);
});

document.addEventListener("paste", (event) => take(event.clipboardData.files));

byId("clear").addEventListener("click", () => {
  shown.length = 0;
  for (const image of document.querySelectorAll("#results img")) URL.revokeObjectURL(image.src);
  byId("results").replaceChildren();
  byId("all").hidden = true;
});

function take(files) {
  for (const file of files) {
    const card = element("article", { class: "card photo alone", "aria-busy": "true", "aria-label": file.name });
    const words = element("div", { class: "words" }, element("h2", { text: file.name }), element("p", { class: "muted", text: "analysing …" }));
    card.append(words);
    byId("results").prepend(card);
    turn = turn.then(() => read(file, card));
  }
}

/** Sends a picture, again and again while fervid is busy with those of other viewers. */
async function send(file) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask(`photo?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    } catch (error) {
      if (error.status !== BUSY || attempt === MOST_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}

async function read(file, card) {
  if (!card.isConnected) return; // cleared meanwhile
  try {
    setup ??= await (await ask("setup")).json();
    if (file.size > setup.most_bytes) throw new Error(`'${file.name}' is larger than ${Math.round(setup.most_bytes / 1e6)} MB; save it smaller`);
    const photo = await (await send(file)).json();
    const picture = await (await ask(photo.picture)).blob();
    show(card, photo, picture);
  } catch (error) {
    const line = element("p", { class: "line", role: "alert", text: error.message });
    card.replaceChildren(element("div", { class: "words" }, element("h2", { text: file.name }), line));
  }
  card.removeAttribute("aria-busy");
}

function show(card, photo, picture) {
  const image = element("img", { src: URL.createObjectURL(picture), alt: `${photo.file} with its faces marked` });
  const saving = element("button", { text: "Save this picture" });
  saving.addEventListener("click", () => save(picture, photo.saved_as));
  const count = photo.faces.length;
  const words = element(
    "div",
    { class: "words" },
    element("h2", { text: photo.file }),
    element("p", { class: "muted", text: count === 0 ? "No face detected" : `${count} ${count === 1 ? "face" : "faces"}` }),
    element("div", { class: "faces", tabindex: count > 2 ? 0 : -1 }, ...photo.faces.map(face)),
    element("div", {}, saving),
  );
  card.classList.remove("alone");
  card.replaceChildren(element("div", { class: "screen" }, image), words);
  shown.push(photo.photo);
  offer();
}

function face({ face: number, emotion, strengths }) {
  const tab = tint(element("span", { class: "tab", text: number }), setup.colours[emotion]);
  const lines = element("div", { class: "strengths", role: "table", "aria-label": `Probabilities for face ${number}` });
  for (const name of setup.classes) {
    const bar = tint(element("div", { class: "bar" }), setup.colours[name]);
    bar.style.width = `${strengths[name] * 100}%`;
    const weight = name === emotion ? "first" : "";
    lines.append(
      element(
        "div",
        { role: "row", class: "strength" },
        element("span", { role: "rowheader", class: weight, text: name }),
        element("div", { role: "presentation", class: "track" }, bar),
        element("span", { role: "cell", class: `number ${weight}`, text: percent(strengths[name]) }),
      ),
    );
  }
  return element("section", { class: "face" }, element("h3", {}, tab, emotion), lines);
}

function offer() {
  const query = shown.map((number) => `photo=${number}`).join("&");
  for (const link of tables) link.href = `${link.download}?${query}`;
  byId("count").textContent = `${shown.length} ${shown.length === 1 ? "picture" : "pictures"} analysed`;
  byId("all").hidden = false;
}

ask("setup")
  .then((answer) => answer.json())
  .then((received) => {
    setup = received;
    for (const [name, file] of Object.entries(setup.tables)) {
      tables.push(element("a", { class: "button", download: file, text: name.toUpperCase() }));
    }
    byId("clear").before(...tables);
  })
  .catch((error) => tell(error.message, true));
