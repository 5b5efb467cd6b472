"use strict";
// Upload courseware in parts that go on after an interruption; without scripts the form does it alone.
(() => {
  const MIB = 1024 * 1024;
  const PART_BYTES = 8 * MIB;
  const TRY_AGAIN_AFTER_MS = 5000;
  const SPEED_OVER_MS = 5000;
  const REFRESH_MS = 250;
  const SIGNED_OUT = 403;
  const TOO_MANY = 429;
  // Nothing but another try, or a word of the person, helps these.
  const PASSING = new Set([0, 409, 423]);
  const STOPPED = new Set([403, 404, 410]);
  const NOT_BEGUN = ["waiting", "full", "offered"];

  const form = document.getElementById("upload-form");
  if (!form || !window.tus || !tus.isSupported) {
    return;
  }
  const texts = JSON.parse(document.getElementById("upload-texts").textContent);
  const list = document.getElementById("upload-rows");
  const template = document.getElementById("upload-row");
  const told = document.getElementById("upload-told");
  const input = form.querySelector("input[type=file]");
  const openAtMost = Number(form.dataset.openAtMost);
  // The code of the courseware of which the file is to be a newer version.
  const replaces = form.dataset.replaces || "";
  const rows = new Set();

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const megabytes = (bytes) => `${(bytes / MIB).toFixed(2)} MB`;

  function duration(seconds) {
    const whole = Math.max(1, Math.ceil(seconds));
    return whole < 60
      ? fill(texts.seconds, { seconds: whole })
      : fill(texts.minutes, { minutes: Math.floor(whole / 60), seconds: whole % 60 });
  }

  // Signing in again, in another window, changes it.
  function csrfToken() {
    const cookie = document.cookie.split("; ").find((each) => each.startsWith("csrftoken="));
    return cookie ? cookie.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
  }

  const begun = new BegunUploads({
    endpoint: form.dataset.endpoint,
    texts,
    csrfToken,
    tell: (name, sentence) => { told.textContent = `${name}: ${sentence}`; },
    changed: () => startNext(),
  });

  async function startNext() {
    const waiting = () => [...rows].filter((row) => NOT_BEGUN.includes(row.state));
    await Promise.all(waiting().map((row) => row.lookBack()));
    let free = openAtMost - [...rows].filter((row) => row.isOpen).length - begun.items.length;
    for (const row of waiting()) {
      if (row.goesOnWithBegun) {
        begun.forget(row.previousCode);
        row.start();
      } else if (begun.has(row.offeredCode)) {
        row.offer();
      } else if (free > 0) {
        free -= 1;
        row.start();
      } else if (row.state !== "full") {
        row.show("waiting", begun.items.length > 0 ? texts.waitingForBegun : texts.waiting);
      }
    }
  }

  // What was begun as new courseware does not go on as a newer version of another, nor the other way round.
  function metadataOf(file) {
    const metadata = { filename: file.name, filetype: file.type };
    if (!replaces) {
      return { metadata };
    }
    const fingerprint = ["tus-replaces", replaces, file.name, file.size, file.lastModified].join("-");
    return { metadata: { ...metadata, replaces }, fingerprint: () => Promise.resolve(fingerprint) };
  }

  class Row {
    constructor(file) {
      this.file = file;
      this.state = "waiting";
      this.sent = 0;
      this.samples = [];
      this.refreshedAt = 0;
      this.element = template.content.firstElementChild.cloneNode(true);
      this.stateElement = this.element.querySelector(".upload-state");
      this.progress = this.element.querySelector("progress");
      this.toggle = this.element.querySelector("[data-toggle]");
      this.cancel = this.element.querySelector("[data-cancel]");
      this.element.querySelector(".upload-name").textContent = file.name;
      this.progress.setAttribute("aria-label", file.name);
      this.toggle.addEventListener("click", () => this.pressToggle());
      this.cancel.addEventListener("click", () => this.pressCancel());
      this.upload = new tus.Upload(file, {
        endpoint: form.dataset.endpoint,
        chunkSize: PART_BYTES,
        ...metadataOf(file),
        removeFingerprintOnSuccess: true,
        retryDelays: [0, 1000, 3000],
        onBeforeRequest: (request) => request.setHeader("X-CSRFToken", csrfToken()),
        onAfterResponse: (request, response) => this.look(request, response),
        onShouldRetry: (error) => this.goesOnAfter(error),
        onUploadUrlAvailable: () => begun.forget(BegunUploads.codeOf(this.upload.url)),
        onProgress: (sent) => this.showProgress(sent),
        onSuccess: ({ lastResponse }) => this.finish(lastResponse),
        onError: (error) => this.fail(error),
      });
      this.show("waiting", texts.waiting);
    }

    /** Whether it takes one of the places that a person has for open uploads. */
    get isOpen() {
      return ["sending", "paused", "lost", "stopped"].includes(this.state);
    }

    get isOver() {
      return ["done", "refused", "cancelled"].includes(this.state);
    }

    is(file) {
      const [mine, same] = [this.file, file];
      return mine.name === same.name && mine.size === same.size && mine.lastModified === same.lastModified;
    }

    /** Find out whether this browser sent some of it before, or the server has what may be of it. */
    lookBack() {
      this.lookedBack ??= this.findBegun();
      return this.lookedBack;
    }

    async findBegun() {
      this.previous = (await this.upload.findPreviousUploads()).at(-1) || null;
      this.offered = this.previous ? "" : await begun.addressFor(this.file, replaces);
    }

    get offeredCode() {
      return BegunUploads.codeOf(this.offered);
    }

    // A browser that was killed may not remember what it sent. Another version of a file can have the
    // same name and size, and two would be mixed: only the person knows.
    offer() {
      if (this.state !== "offered") {
        this.show("offered", texts.offered);
        this.tell(texts.offered);
      }
    }

    takeOffer() {
      this.previous = { uploadUrl: this.offered, urlStorageKey: null };
      begun.forget(this.offeredCode);
      this.start();
      startNext();
    }

    get previousCode() {
      return BegunUploads.codeOf(this.previous?.uploadUrl);
    }

    /** Whether it takes the place of one that was begun before. */
    get goesOnWithBegun() {
      return !this.upload.url && begun.has(this.previousCode);
    }

    async start() {
      this.state = "sending";
      this.show("sending", texts.starting);
      await this.lookBack();
      if (!this.upload.url && this.previous) {
        this.upload.resumeFromPreviousUpload(this.previous);
      }
      this.samples = [];
      this.signedOut = false;
      if (this.state === "sending") {
        this.upload.start();
      }
    }

    // A HEAD that is refused would make the client forget what was sent: keep it for after the sign-in.
    look(request, response) {
      this.signedOut = response.getStatus() === SIGNED_OUT && request.getMethod() === "HEAD";
      if (this.signedOut) {
        throw new Error(texts.signedOut);
      }
    }

    statusOf(error) {
      if (this.signedOut) {
        return SIGNED_OUT;
      }
      return error.originalResponse ? error.originalResponse.getStatus() : 0;
    }

    isPassing(error) {
      const status = this.statusOf(error);
      return PASSING.has(status) || status >= 500;
    }

    /** What the server says of it in words, if it does. */
    wordsOf(error) {
      const type = error.originalResponse?.getHeader("Content-Type") || "";
      return type.startsWith("text/plain") ? error.originalResponse.getBody() : "";
    }

    /** How long the server asks to be left alone; 0 when it does not. */
    pauseOf(error) {
      return 1000 * Number(error.originalResponse?.getHeader("Retry-After")) || 0;
    }

    // A pause that the server asks for is kept by `fail`; the client knows but its own.
    goesOnAfter(error) {
      const passing = this.isPassing(error);
      if (passing) {
        this.show("lost", this.wordsOf(error) || texts.lost);
      }
      return passing && !this.pauseOf(error);
    }

    fail(error) {
      const status = this.statusOf(error);
      const sentence = this.wordsOf(error) || texts.failed;
      if (this.isPassing(error)) {
        this.show("lost", this.wordsOf(error) || texts.lost);
        const pause = this.pauseOf(error) || TRY_AGAIN_AFTER_MS;
        this.timer = setTimeout(() => this.startAgain(), pause);
      } else if (status === TOO_MANY) {
        this.show("full", sentence);
        this.tell(sentence);
      } else if (STOPPED.has(status)) {
        this.show("stopped", this.signedOut ? texts.signedOut : sentence);
        this.tell(this.signedOut ? texts.signedOut : sentence);
      } else {
        this.show("refused", sentence);
        this.tell(sentence);
        this.forgetStored();
        startNext();
      }
    }

    startAgain() {
      clearTimeout(this.timer);
      if (["lost", "paused", "stopped", "full"].includes(this.state)) {
        this.start();
      }
    }

    showProgress(sent) {
      this.sent = sent;
      const now = performance.now();
      this.samples.push({ now, sent });
      this.samples = this.samples.filter((each) => now - each.now < SPEED_OVER_MS);
      if (sent < this.file.size && now - this.refreshedAt < REFRESH_MS && this.state === "sending") {
        return;
      }
      this.refreshedAt = now;
      this.progress.value = (100 * sent) / this.file.size;
      this.show("sending", sent < this.file.size ? this.sendingText() : texts.checking);
    }

    sendingText() {
      const [first, last] = [this.samples[0], this.samples.at(-1)];
      const speed = (1000 * (last.sent - first.sent)) / Math.max(1, last.now - first.now);
      if (speed <= 0) {
        return texts.starting;
      }
      return fill(texts.sending, {
        sent: megabytes(this.sent),
        total: megabytes(this.file.size),
        speed: megabytes(speed),
        left: duration((this.file.size - this.sent) / speed),
      });
    }

    finish(response) {
      const address = response.getHeader("Content-Location");
      const duplicate = response.getHeader("Upload-Same-As");
      this.progress.value = 100;
      this.isSame = Boolean(duplicate);
      this.show("done", this.doneText(texts.done));
      this.tell(texts.done);
      const link = this.element.querySelector("[data-open]");
      if (address) {
        link.href = address;
        link.textContent = texts.open;
        link.setAttribute("aria-label", `${texts.open}: ${this.file.name}`);
        link.hidden = false;
        this.transcoding = new Transcoding(address, (seen) => this.showTranscoding(seen));
      }
      startNext();
    }

    doneText(...parts) {
      return [...parts, this.isSame ? texts.same : ""].filter(Boolean).join(" · ");
    }

    showTranscoding({ words, percent, why }) {
      const sentence = this.doneText(texts.uploaded, words, why);
      if (this.stateElement.textContent === sentence) {
        return;
      }
      this.progress.value = percent;
      this.show("done", sentence);
      if (why) {
        this.element.className = "card upload-row is-refused";
      }
      if (why || percent === 100) {
        this.tell(sentence);
      }
    }

    pressToggle() {
      if (this.state === "sending") {
        this.upload.abort();
        const sizes = { sent: megabytes(this.sent), total: megabytes(this.file.size) };
        this.show("paused", fill(texts.paused, sizes));
      } else if (this.state === "offered" && begun.has(this.offeredCode)) {
        this.takeOffer();
      } else {
        this.startAgain();
      }
    }

    async pressCancel() {
      clearTimeout(this.timer);
      this.transcoding?.stop();
      if (!this.isOver) {
        this.show("cancelled", texts.cancelling);
        try {
          await this.upload.abort(true);
        } catch (error) {
          if (!STOPPED.has(this.statusOf(error))) {
            this.show("refused", texts.keptForNow);
            startNext();
            return;
          }
        }
        this.forgetStored();
      }
      rows.delete(this);
      this.element.remove();
      list.hidden = rows.size === 0;
      input.focus();
      startNext();
    }

    async forgetStored() {
      for (const each of await this.upload.findPreviousUploads()) {
        tus.defaultOptions.urlStorage.removeUpload(each.urlStorageKey);
      }
    }

    tell(sentence) {
      told.textContent = `${this.file.name}: ${sentence}`;
    }

    show(state, sentence) {
      this.state = state;
      this.stateElement.textContent = sentence;
      const isWaiting = ["lost", "paused", "stopped", "full", "offered"].includes(state);
      this.element.className = `card upload-row is-${isWaiting ? "waiting" : state}`;
      const toggles = {
        sending: texts.pause,
        paused: texts.goOn,
        lost: texts.goOn,
        stopped: texts.goOn,
        full: texts.tryAgain,
        offered: texts.goOn,
      };
      this.label(this.toggle, toggles[state]);
      this.label(this.cancel, this.isOver ? texts.remove : texts.cancel);
      this.cancel.disabled = state === "cancelled";
    }

    label(button, text) {
      button.hidden = !text;
      if (text && button.textContent !== text) {
        button.textContent = text;
        button.setAttribute("aria-label", `${text}: ${this.file.name}`);
      }
    }
  }

  function add(files) {
    for (const file of replaces ? files.slice(0, 1) : files) {
      if ([...rows].some((row) => !row.isOver && row.is(file))) {
        continue;
      }
      const row = new Row(file);
      rows.add(row);
      list.append(row.element);
    }
    list.hidden = rows.size === 0;
    startNext();
  }

  form.querySelectorAll("[data-plain]").forEach((each) => { each.hidden = true; });
  form.querySelectorAll("[data-live]").forEach((each) => { each.hidden = false; });
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  setInterval(() => {
    if ([...rows].some((row) => ["waiting", "offered"].includes(row.state))) {
      begun.lookAgain();
    }
  }, BegunUploads.LOOK_AGAIN_MS);

  // A file that misses the field would otherwise take the page's place.
  for (const name of ["dragover", "drop"]) {
    window.addEventListener(name, (event) => event.preventDefault());
  }
  form.addEventListener("dragover", () => form.classList.add("is-target"));
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, () => form.classList.remove("is-target"));
  }
  form.addEventListener("drop", (event) => add([...event.dataTransfer.files]));

  window.addEventListener("online", () => {
    [...rows].filter((row) => row.state === "lost").forEach((row) => row.startAgain());
  });
  window.addEventListener("beforeunload", (event) => {
    if ([...rows].some((row) => row.state === "sending" || row.state === "lost")) {
      event.preventDefault();
    }
  });
})();
