"use strict";
// A file that was uploaded, followed until the cloud is done with it, as the file's own page does.
class Transcoding {
  static ASKS_EVERY_MS = 4000;

  /** `show` is called with the words for its state, why it failed, and how far it is. */
  constructor(address, show) {
    Object.assign(this, { address, show, version: "", isStopped: false });
    this.ask();
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  async ask() {
    let goesOn = true;
    try {
      goesOn = document.hidden || (await this.look());
    } catch {
      // The network is away: the next question may be answered.
    }
    if (goesOn && !this.isStopped) {
      this.timer = setTimeout(() => this.ask(), Transcoding.ASKS_EVERY_MS);
    }
  }

  /** Ask once; return whether there is more to come. */
  async look() {
    const headers = { "X-Page-Version": this.version };
    const answer = await fetch(`${this.address}state/`, { headers, cache: "no-store" });
    if (answer.status === 204 || answer.status >= 500) {
      return true;
    }
    if (!answer.ok || answer.redirected) {
      return false; // it was deleted, or nobody is signed in any more
    }
    this.version = answer.headers.get("X-Page-Version") || "";
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("#newer .situation") || page.querySelector("#situation .situation");
    if (part && !this.isStopped) {
      const words = part.querySelector(".mark").textContent.trim();
      const percent = part.querySelector("progress")?.value ?? 100;
      this.show({ words, percent, why: part.dataset.why || "" });
    }
    return Boolean(page.getElementById("live")?.dataset.everyS);
  }
}
