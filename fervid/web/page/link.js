// A WebSocket that comes back by itself.

const WAITS_MS = [500, 1000, 2000, 4000];

export class Link {
  /**
   * @param {string} path - Relative to the page.
   * @param {{open?: Function, message: Function, lost?: Function}} hears - Called when it is there, for each message
   *   with its data, and when it is gone, with the code of its closing.
   */
  constructor(path, hears) {
    this.address = new URL(path, location.href);
    this.address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.address.search = "";
    this.hears = hears;
    this.attempts = 0;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(this.address);
    socket.binaryType = "blob";
    socket.onopen = () => this.hears.open?.();
    socket.onmessage = (event) => {
      this.attempts = 0; // and not before, because that of a source that has ended opens, and closes at once
      this.hears.message(event.data);
    };
    socket.onclose = ({ code }) => {
      this.hears.lost?.(code);
      const wait = WAITS_MS[Math.min(this.attempts++, WAITS_MS.length - 1)];
      setTimeout(() => this.connect(), wait);
    };
    this.socket = socket;
  }

  send(text) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }
}
