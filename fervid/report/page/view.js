// The part of a recording that is in view, and how pointers and keys change it.

const WHEEL = 0.0018; // zoom for each step of a wheel

export class View {
  constructor(recording, onChange) {
    this.start = recording.start;
    this.end = Math.max(recording.end, recording.start + 0.1);
    this.least = Math.min(this.end - this.start, Math.max(1, 10 * recording.interval));
    this.onChange = onChange;
    [this.from, this.to] = [this.start, this.end];
  }

  get span() {
    return this.to - this.from;
  }

  get whole() {
    return this.span >= this.end - this.start - 1e-9;
  }

  show(from, to) {
    const span = Math.min(this.end - this.start, Math.max(this.least, to - from));
    const middle = (from + to) / 2;
    this.from = Math.min(this.end - span, Math.max(this.start, middle - span / 2));
    this.to = this.from + span;
    this.onChange();
  }

  /** Makes the span so many times as long; the time `at` stays where it is. */
  zoom(factor, at) {
    const span = Math.min(this.end - this.start, Math.max(this.least, this.span * factor));
    const from = at - ((at - this.from) / this.span) * span;
    this.show(from, from + span);
  }

  pan(seconds) {
    const from = Math.min(this.end - this.span, Math.max(this.start, this.from + seconds));
    this.show(from, from + this.span);
  }

  /** Turns the page when a time is out of view. */
  reach(time) {
    if (time < this.from || time > this.to) this.pan(time - this.from - 0.05 * this.span);
  }

  fit() {
    this.show(this.start, this.end);
  }
}

/** Lets the pointers on an element seek, zoom and pan: a press seeks, two fingers zoom, a wheel zooms with Ctrl. */
export function follow(target, view, seek) {
  const pointers = new Map();
  const timeAt = (event) => {
    const { left, width } = target.getBoundingClientRect();
    return view.from + (Math.min(width, Math.max(0, event.clientX - left)) / width) * view.span;
  };
  const spread = () => {
    const [one, other] = [...pointers.values()];
    return Math.max(20, Math.abs(one.clientX - other.clientX));
  };
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, event);
    target.setPointerCapture(event.pointerId);
    if (pointers.size === 1) seek(timeAt(event));
  });
  target.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    if (pointers.size === 1) {
      pointers.set(event.pointerId, event);
      seek(timeAt(event));
      return;
    }
    const before = spread();
    pointers.set(event.pointerId, event);
    view.zoom(before / spread(), timeAt(event));
  });
  for (const kind of ["pointerup", "pointercancel"]) target.addEventListener(kind, (event) => pointers.delete(event.pointerId));
  target.addEventListener("dblclick", (event) => view.zoom(event.shiftKey ? 4 : 1 / 4, timeAt(event)));
  target.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(event.deltaY * WHEEL * (event.deltaMode ? 16 : 1)), timeAt(event));
      else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.pan((event.deltaX / target.clientWidth) * view.span);
      else return; // the page scrolls
      event.preventDefault();
    },
    { passive: false },
  );
}

/** Lets the strip of a whole recording choose the part in view: a drag within the part moves it, any other marks a new one. */
export function choose(target, view) {
  let drag = null;
  const timeAt = (event) => {
    const { left, width } = target.getBoundingClientRect();
    return view.start + (Math.min(width, Math.max(0, event.clientX - left)) / width) * (view.end - view.start);
  };
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    target.setPointerCapture(event.pointerId);
    const time = timeAt(event);
    const moves = !view.whole && time >= view.from && time <= view.to;
    drag = { time, from: moves ? view.from : null };
  });
  target.addEventListener("pointermove", (event) => {
    if (drag === null) return;
    const time = timeAt(event);
    if (drag.from !== null) view.pan(drag.from + time - drag.time - view.from);
    else if (Math.abs(time - drag.time) >= view.least) view.show(Math.min(time, drag.time), Math.max(time, drag.time));
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    target.addEventListener(kind, (event) => {
      if (drag !== null && drag.from === null && Math.abs(timeAt(event) - drag.time) < view.least && !view.whole)
        view.show(drag.time - view.span / 2, drag.time + view.span / 2);
      drag = null;
    });
  }
}
