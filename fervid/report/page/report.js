// The report: its tables and its recordings, from the data that the page holds.

import { byId } from "./page.js";
import { Card, legend, styleOf } from "./card.js";
import { Comparison, howMade, leftOut, tiles } from "./tables.js";

class Report {
  constructor(study) {
    this.study = study;
    this.chosen = null; // the emotion that stands out
    tiles(study);
    byId("resolution").textContent = `Bands are means over ${study.step} s.`;
    byId("legend").replaceWith(legend(study, (name) => this.emphasise(name)));
    this.comparison = new Comparison(study, byId("comparison"));
    this.cards = study.recordings.map((recording, number) => new Card(recording, number, study, this));
    byId("recordings").append(...this.cards.map((card) => card.article));
    byId("left-out").append(...leftOut(study));
    byId("how-made").append(...howMade(study));
    this.active = this.cards[0];
    document.addEventListener("keydown", (event) => this.press(event));
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.colours = undefined;
      this.draw();
    });
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }

  style() {
    this.colours ??= styleOf(document.documentElement);
    return this.colours;
  }

  choose(card) {
    this.active = card;
  }

  emphasise(name) {
    this.chosen = name;
    this.draw();
  }

  draw() {
    for (const card of this.cards) card.draw();
  }

  /** Keys go to the recording that was touched last. */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.active === undefined) return;
    const on = event.target;
    if (on.matches("input, video, summary, .wide") || (event.key === " " && on.matches("button, a"))) return;
    const isScrolling = ["PageUp", "PageDown", "Home", "End"].includes(event.key);
    if (isScrolling && !this.active.article.contains(on)) return;
    if (this.active.press(event.key, event.shiftKey)) event.preventDefault();
  }
}

new Report(JSON.parse(byId("study").textContent));
