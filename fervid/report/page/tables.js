// The tables of a report: the comparison of files and faces, what was left out, and how it was made.

import { byId, element, tint } from "./page.js";
import { portrait } from "./lane.js";
import { added, clock, count, length, share, sum } from "./words.js";

const MOST = 100; // rows before the button that shows the others

/** The rows of the comparison: one for each face, or for each recording with the time of all its faces. */
function rowsOf(study, byFace) {
  return study.recordings.flatMap((recording, number) => {
    const faces = byFace ? recording.faces.map((face) => [face]) : [recording.faces];
    return faces.map((group) => {
      const seconds = added(group.map((face) => face.seconds));
      const seen = sum(Object.values(seconds));
      const quality = seen ? sum(group.map((face) => face.quality * sum(Object.values(face.seconds)))) / seen : 0;
      return { number, recording, face: byFace ? group[0] : null, faces: group.length, seconds, seen, quality };
    });
  });
}

/** Files and faces beside each other: bars, shares or seconds of every emotion, sorted by any column. */
export class Comparison {
  constructor(study, root) {
    Object.assign(this, { study, root });
    const faces = sum(study.recordings.map((recording) => recording.faces.length));
    this.byFace = faces > 0;
    this.cells = "bars";
    this.sorted = { column: 0, down: false };
    this.filter = "";
    this.all = false;
    this.table = element("table", { class: "comparison" });
    this.more = element("button", { class: "more" });
    this.more.addEventListener("click", () => {
      this.all = true;
      this.draw();
    });
    root.append(this.tools(), element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Comparison" }, this.table), this.more);
    this.draw();
  }

  tools() {
    const rows = choice("Rows", { faces: "Faces", recordings: "Recordings" }, "faces", (value) => {
      this.byFace = value === "faces";
      this.draw();
    });
    const cells = choice("Values", { bars: "Bars", shares: "Shares", seconds: "Time" }, "bars", (value) => {
      this.cells = value;
      this.draw();
    });
    const find = element("input", { type: "search", placeholder: "Find a recording", "aria-label": "Find a recording" });
    find.addEventListener("input", () => {
      this.filter = find.value.toLowerCase();
      this.draw();
    });
    find.hidden = this.study.recordings.length < 6;
    return element("div", { class: "choices" }, rows, cells, find);
  }

  columns() {
    const { study } = this;
    const names = Object.keys(study.colours);
    const columns = [["Recording", (row) => row.number, (row) => this.name(row)]];
    columns.push(
      ["Seen", (row) => row.seen, (row) => length(row.seen), "number"],
      ["of recording", (row) => row.seen / row.recording.seconds, (row) => (row.face ? share(row.seen, row.recording.seconds) : ""), "number"],
    );
    if (this.cells === "bars") columns.push(["Emotions", (row) => this.strongest(row)[1], (row) => this.bar(row), "bars"]);
    else {
      for (const name of names) {
        const part = (row) => row.seconds[name] ?? 0;
        const value = this.cells === "shares" ? (row) => (row.seen ? part(row) / row.seen : 0) : part;
        const text = this.cells === "shares" ? (row) => share(part(row), row.seen) : (row) => clock(part(row), 1);
        columns.push([name, value, text, "number"]);
      }
    }
    if (this.cells === "bars") {
      const doubt = (row) => (row.seen ? (row.seconds[study.uncertain] ?? 0) / row.seen : 0);
      columns.push(["Mostly", (row) => this.strongest(row)[0], (row) => this.strongest(row)[0]]);
      columns.push(["Uncertain", doubt, (row) => share(doubt(row), 1), "number"]);
    }
    columns.push(["Quality", (row) => row.quality, (row) => row.quality.toFixed(2), "number"]);
    return columns;
  }

  name(row) {
    const link = element("a", { href: `#recording-${row.number}`, text: row.recording.name });
    const label = row.face ? `face ${row.face.id}` : count(row.faces, "face");
    const words = element("span", {}, link, element("span", { class: "muted", text: ` ${label}` }));
    return row.face ? element("span", { class: "named" }, portrait(row.face, 32), words) : words;
  }

  strongest(row) {
    const sure = Object.entries(row.seconds).filter(([name]) => name !== this.study.uncertain);
    const [name, seconds] = sure.sort((one, other) => other[1] - one[1])[0] ?? ["–", 0];
    return [name, row.seen ? seconds / row.seen : 0];
  }

  bar(row) {
    const parts = Object.keys(this.study.colours).filter((name) => row.seconds[name] > 0);
    const words = parts.map((name) => `${name} ${share(row.seconds[name], row.seen)}`).join(", ");
    const bar = element("span", { class: "stack", role: "img", "aria-label": words, title: words });
    for (const name of parts) {
      const part = tint(element("span", { class: name === this.study.uncertain ? "hatched" : "" }), this.study.colours[name]);
      part.style.flexGrow = row.seconds[name];
      if (row.seconds[name] / row.seen > 0.12) part.textContent = name;
      bar.append(part);
    }
    return bar;
  }

  draw() {
    const columns = this.columns();
    const { column, down } = this.sorted;
    const by = columns[Math.min(column, columns.length - 1)][1];
    const found = rowsOf(this.study, this.byFace).filter((row) => row.recording.name.toLowerCase().includes(this.filter));
    found.sort((one, other) => (by(one) > by(other)) - (by(one) < by(other)));
    if (down) found.reverse();
    const shown = this.all ? found : found.slice(0, MOST);
    const heads = columns.map(([name, , , kind], place) => {
      const sort = element("button", { text: name });
      sort.addEventListener("click", () => {
        this.sorted = { column: place, down: column === place ? !down : place > 0 };
        this.draw();
      });
      const order = column === place ? (down ? "descending" : "ascending") : "none";
      return element("th", { scope: "col", class: kind ?? "", "aria-sort": order }, sort);
    });
    const lines = shown.map((row) => element("tr", {}, ...columns.map(([, , cell, kind]) => element("td", { class: kind ?? "" }, cell(row)))));
    this.table.replaceChildren(element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines));
    this.more.hidden = shown.length === found.length;
    this.more.textContent = `Show ${count(found.length - shown.length, "more row")}`;
  }
}

/** A group of buttons of which one is pressed. */
function choice(label, names, first, onChoose) {
  const group = element("div", { class: "choice", role: "group", "aria-label": label });
  for (const [value, text] of Object.entries(names)) {
    const button = element("button", { text, "aria-pressed": String(value === first) });
    button.addEventListener("click", () => {
      for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
      onChoose(value);
    });
    group.append(button);
  }
  return group;
}

function plain(head, rows, numbers) {
  const kind = (place) => ({ class: numbers.includes(place) ? "number" : "" });
  const heads = head.map((text, place) => element("th", { scope: "col", ...kind(place), text }));
  const lines = rows.map((row) => element("tr", {}, ...row.map((text, place) => element("td", { ...kind(place), text }))));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines));
  return element("div", { class: "wide", tabindex: "0", role: "region", "aria-label": head[0] }, table);
}

/** What of each recording no emotion was found for, and what has no result at all. */
export function leftOut(study) {
  const rows = study.recordings.map((recording) => {
    const { start, end, seconds, empty, faces, undecodable, damage, partial } = recording;
    const shown = added(faces.map((face) => face.seconds));
    const seen = sum(Object.values(shown));
    const notes = [partial ? "interrupted: it ends early" : "", damage ?? "", recording.videos.length ? "" : "video not found"];
    return [
      ...[recording.name, recording.frames.toLocaleString("en"), undecodable === null ? "–" : String(undecodable)],
      ...[length(Math.max(0, end - start - seconds)), `${length(empty)} (${share(empty, seconds)})`],
      ...[share(shown[study.uncertain] ?? 0, seen), notes.filter(Boolean).join("; ")],
    ];
  });
  const head = ["Recording", "Frames analysed", "Undecodable", "Gaps", "Without a face", "Uncertain", "Notes"];
  const parts = [plain(head, rows, [1, 2, 3, 4, 5])];
  if (study.failures.length) parts.push(element("h3", { text: "No result" }), plain(["Input", "Reason"], study.failures, []));
  if (study.passed_over.length) {
    const names = study.passed_over.slice(0, 20).join(", ") + (study.passed_over.length > 20 ? ", …" : "");
    parts.push(element("p", { class: "muted", text: `Passed over, as they are no timelines or are there already: ${names}` }));
  }
  return parts;
}

/** The engine, the detector and every option, for each way in which the recordings were analysed. */
export function howMade(study) {
  const parts = study.runs.map((run, number) => {
    const names = study.recordings.filter((recording) => recording.run === number).map((recording) => recording.name);
    const facts = [
      ["Recordings", names.length === study.recordings.length ? "all" : names.join(", ")],
      ["Engine", `${run.engine} (${run.backend}, ${run.device})`],
      ["Weights", `SHA-256 ${run.engine_sha256}`],
      ["Detector", run.detector],
      ["Options changed", run.changed.map((name) => `${name} = ${text(run.settings[name])}`).join(", ") || "none"],
      ["Versions", ["fervid", "python", "torch", "openvino", "mediapipe"].filter((name) => run.machine[name]).map((name) => `${name} ${run.machine[name]}`).join(", ")],
    ];
    const rows = facts.map(([name, value]) => element("div", {}, element("dt", { text: name }), element("dd", { text: value })));
    const options = Object.entries(run.settings).map(([name, value]) => [name, text(value)]);
    const every = element("details", {}, element("summary", { text: "All options" }), plain(["Option", "Value"], options, []));
    return element("div", { class: "run" }, element("dl", { class: "facts" }, ...rows), every);
  });
  const unknown = study.recordings.filter((recording) => recording.run === null).map((recording) => recording.name);
  if (unknown.length) {
    const whose = unknown.length === study.recordings.length ? "these recordings" : unknown.join(", ");
    parts.push(element("p", { class: "muted", text: `Neither a manifest (fervid-run.jsonl) nor a sidecar tells how ${whose} were analysed.` }));
  }
  return parts;
}

const text = (value) => (value === null ? "–" : value === true ? "yes" : value === false ? "no" : String(value));

/** The numbers at the top of the page. */
export function tiles(study) {
  const faces = study.recordings.flatMap((recording) => recording.faces);
  const seconds = added(faces.map((face) => face.seconds));
  const seen = sum(Object.values(seconds));
  const whole = sum(study.recordings.map((recording) => recording.seconds));
  const entries = [
    [study.recordings.length.toLocaleString("en"), study.recordings.length === 1 ? "recording" : "recordings"],
    [length(whole), "analysed"],
    [faces.length.toLocaleString("en"), faces.length === 1 ? "face" : "faces"],
    [length(seen), "of faces seen"],
    [share(seconds[study.uncertain] ?? 0, seen), "of it uncertain"],
  ];
  byId("tiles").replaceChildren(...entries.map(([value, name]) => element("div", {}, element("dd", { text: value }), element("dt", { text: name }))));
}
