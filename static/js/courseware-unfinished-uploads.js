"use strict";
// Uploads that were begun earlier, or in another window: they hold places, go on, or are discarded.
class BegunUploads {
  static LOOK_AGAIN_MS = 10000;

  /** `changed` is called when places came free. */
  constructor({ endpoint, texts, csrfToken, tell, changed }) {
    Object.assign(this, { endpoint, texts, csrfToken, tell, changed });
    this.section = document.getElementById("upload-begun");
    this.section?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.discard(event.target.closest("[data-upload]"));
    });
  }

  static codeOf(address) {
    return address ? new URL(address, location.href).pathname.split("/").at(-2) : "";
  }

  get items() {
    return [...(this.section?.querySelectorAll("[data-upload]") || [])];
  }

  has(code) {
    return this.items.some((item) => item.dataset.upload === code);
  }

  /** The address of one with this file's name and size, and for the same; empty when there is none. */
  async addressFor(file, replaces) {
    const name = file.name.normalize("NFC");
    for (const item of this.items.filter((each) => (each.dataset.replaces || "") === replaces)) {
      if (item.querySelector(".upload-name").textContent === name) {
        const address = `${this.endpoint}${item.dataset.upload}/`;
        const asked = { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } };
        const answer = await fetch(address, asked).catch(() => null);
        if (answer?.ok && Number(answer.headers.get("Upload-Length")) === file.size) {
          return address;
        }
      }
    }
    return "";
  }

  forget(code) {
    this.items.filter((item) => item.dataset.upload === code).forEach((item) => item.remove());
    if (this.section && this.items.length === 0) {
      this.section.hidden = true;
    }
  }

  async discard(item) {
    const code = item.dataset.upload;
    const name = item.querySelector(".upload-name").textContent;
    const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": this.csrfToken() };
    const address = `${this.endpoint}${code}/`;
    const answer = await fetch(address, { method: "DELETE", headers }).catch(() => null);
    if (answer && (answer.ok || [404, 410].includes(answer.status))) {
      await this.forgetStored(code);
      this.forget(code);
      this.tell(name, this.texts.discarded);
      this.changed();
      return;
    }
    const isPlain = answer?.headers.get("Content-Type")?.startsWith("text/plain");
    const sentence = isPlain ? await answer.text() : this.texts.keptForNow;
    item.querySelector("[data-refusal]").textContent = sentence;
    this.tell(name, sentence);
  }

  async forgetStored(code) {
    const storage = tus.defaultOptions.urlStorage;
    for (const each of await storage.findAllUploads()) {
      if (BegunUploads.codeOf(each.uploadUrl) === code) {
        storage.removeUpload(each.urlStorageKey);
      }
    }
  }

  /** Places come free in another window too, or when an upload's time is over. */
  async lookAgain() {
    if (this.items.length === 0) {
      return;
    }
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page?.getElementById("upload-form")) {
      return;
    }
    const there = [...page.querySelectorAll("[data-upload]")].map((item) => item.dataset.upload);
    const codes = this.items.map((item) => item.dataset.upload);
    codes.filter((code) => !there.includes(code)).forEach((code) => this.forget(code));
    this.changed();
  }
}
