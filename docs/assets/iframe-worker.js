/* Browsers start no worker from a file, so a site that is opened from a folder could not be searched. Here a hidden frame takes
   the worker's place: it runs the worker's script, and messages go back and forth as with a worker. */
if (location.protocol === "file:")
  window.Worker = class extends EventTarget {
    constructor(address) {
      super()
      this.onmessage = this.onerror = null
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      const inside = this.frame.contentWindow
      inside.document.open()
      inside.document.write(`<script>
        postMessage = data => parent.dispatchEvent(new MessageEvent("frame-worker", { data }))
        importScripts = (...addresses) => addresses.reduce((done, src) => done.then(() => new Promise((resolve, reject) =>
          document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject })))),
          Promise.resolve())
      </${"script"}><script src="${address}"></${"script"}>`)
      inside.document.close()
      addEventListener("frame-worker", ({ data }) => {
        const message = new MessageEvent("message", { data })
        this.dispatchEvent(message)
        if (this.onmessage) this.onmessage(message)
      })
      this.loaded = new Promise(resolve => this.frame.addEventListener("load", resolve, { once: true }))
    }

    postMessage(data) {
      this.loaded.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
    }

    terminate() {
      this.frame.remove()
    }
  }
