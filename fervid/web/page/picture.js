// The live picture: the next one is asked for when the last one is shown, so a slow page never falls behind.

import { Link } from "./link.js";

export class Picture {
  constructor(canvas, path = "picture") {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.link = new Link(path, { open: () => this.next(), message: (blob) => this.show(blob) });
  }

  next() {
    this.link.send("next");
  }

  async show(blob) {
    try {
      const bitmap = await createImageBitmap(blob);
      // A page that is not looked at gets no animation frames, so it asks for nothing and costs nothing.
      requestAnimationFrame(() => {
        this.draw(bitmap);
        this.next();
      });
    } catch {
      this.next(); // a picture that does not decode is passed over
    }
  }

  draw(bitmap) {
    if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
      this.canvas.width = bitmap.width;
      this.canvas.height = bitmap.height;
    }
    this.context.drawImage(bitmap, 0, 0);
    bitmap.close();
  }
}
