// The video of a recording, beside its bands.

import { element } from "./page.js";

export class Film {
  constructor(recording, onTime) {
    this.onTime = onTime;
    this.left = [...recording.videos];
    this.offset = 0;
    this.wanted = recording.start;
    this.note = element("p", { class: "note muted" });
    this.figure = element("div", { class: "film" }, this.note);
    this.name = recording.video;
    if (this.left.length) this.begin();
    else this.note.textContent = without(recording);
  }

  get available() {
    return this.video !== undefined;
  }

  get playing() {
    return this.available && !this.video.paused && !this.video.ended;
  }

  /** Takes the first video, and the next one if the browser cannot play it. */
  begin() {
    this.video = element("video", { controls: "", playsinline: "", preload: "metadata", "aria-label": `Video ${this.name}` });
    this.video.addEventListener("error", () => this.next());
    this.video.addEventListener("loadedmetadata", () => {
      if (this.video.videoWidth) this.seek(this.wanted);
      else this.next(); // it knows the sound alone
    });
    for (const kind of ["seeked", "timeupdate", "pause"]) this.video.addEventListener(kind, () => this.tell());
    this.video.addEventListener("play", () => this.follow());
    this.figure.prepend(this.video);
    this.next();
  }

  next() {
    const found = this.left.shift();
    if (found === undefined) {
      this.video.remove();
      this.video = undefined;
      this.note.textContent = `${this.name} cannot be played here: it was moved, or the browser does not know its format. fervid annotate writes an MP4 that it knows.`;
      return;
    }
    this.offset = found.offset;
    this.video.src = found.src;
  }

  seek(time) {
    this.wanted = time;
    if (this.available && this.video.readyState > 0) this.video.currentTime = Math.max(0, time - this.offset);
  }

  toggle() {
    if (!this.available) return;
    if (this.playing) this.video.pause();
    else this.video.play().catch(() => {}); // a browser may refuse; its own controls say so
  }

  tell() {
    if (this.available && !this.video.seeking) this.onTime(this.video.currentTime + this.offset);
  }

  follow() {
    if (!this.playing) return;
    this.tell();
    requestAnimationFrame(() => this.follow());
  }
}

function without(recording) {
  if (recording.hidden) return "The faces of this recording are to stay hidden (--blur), so its video is not shown.";
  if (recording.pictures) return `${recording.video} is a folder of pictures, so there is no video to play.`;
  if (recording.video === null) return "The video was not found. fervid report --videos FOLDER tells where it is.";
  return `${recording.video} was not found. fervid report --videos FOLDER tells where it is.`;
}
