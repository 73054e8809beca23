// The words for the state of a source: for its pill, and over its picture.

const SILENT_S = 2;
const GOING_AWAY = [1001, 1012]; // how the server closes when it ends

export class Status {
  /**
   * @param {Element} pill
   * @param {Element} notice - Over the picture.
   */
  constructor(pill, notice) {
    this.pill = pill;
    this.notice = notice;
    this.ended = false;
    this.failure = ""; // the error that ended the analysis
  }

  fail(failure) {
    this.failure = failure;
  }

  show(state) {
    this.ended = false;
    this.failure = "";
    const silent = state.silent_s >= SILENT_S;
    if (state.paused) this.link("paused", "wait");
    else if (silent) this.link("no picture", "wait");
    else this.link(state.recording ? "live, recording" : "live", "good");
    this.tell(state.paused ? "Paused" : silent ? `No picture for ${Math.round(state.silent_s)} s` : "");
  }

  lost(code) {
    const { failure } = this;
    const ended = (this.ended ||= GOING_AWAY.includes(code));
    this.link(failure ? "failed" : ended ? "ended" : "reconnecting", ended && !failure ? "wait" : "bad");
    if (failure) this.tell(`The analysis has failed: ${failure}`);
    else this.tell(ended ? "The session has ended. This page reconnects when fervid runs again" : "Connection lost. Trying again");
  }

  link(text, kind) {
    if (this.pill.textContent !== text) this.pill.textContent = text;
    this.pill.dataset.kind = kind;
  }

  tell(text) {
    this.notice.textContent = text;
    this.notice.hidden = text === "";
  }
}
