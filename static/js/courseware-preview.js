"use strict";
// A preview with pages that turn without loading again, zoom, full screen and keys. Without scripts
// pages turn by their links.
const viewer = document.querySelector("[data-viewer]");
const stage = viewer?.querySelector("[data-stage]");
const leaf = viewer?.querySelector("[data-leaf]");

// --- Zoom and full screen
const ZOOMS = [1, 1.5, 2, 3, 4];
let zoom = 0;

// What lies in the middle of the place stays there.
function setZoom(index) {
  const middle = middleOfLeaf();
  zoom = Math.min(Math.max(index, 0), ZOOMS.length - 1);
  stage.classList.toggle("is-zoomed", zoom > 0);
  leaf.style.width = zoom > 0 ? `${100 * ZOOMS[zoom]}%` : "";
  const now = leaf.getBoundingClientRect();
  const place = stage.getBoundingClientRect();
  stage.scrollBy(
    now.left + middle.x * now.width - place.left - place.width / 2,
    now.top + middle.y * now.height - place.top - place.height / 2,
  );
}

// As shares of the page's width and height.
function middleOfLeaf() {
  const own = leaf.getBoundingClientRect();
  const place = stage.getBoundingClientRect();
  return {
    x: own.width ? (place.left + place.width / 2 - own.left) / own.width : 0.5,
    y: own.height ? (place.top + place.height / 2 - own.top) / own.height : 0.5,
  };
}

function zoomBy(step) {
  setZoom(step === 0 ? 0 : zoom + step);
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.fullscreenEnabled) viewer.requestFullscreen();
}

if (viewer) {
  const full = viewer.querySelector("[data-full-screen]");
  if (full) {
    full.hidden = !document.fullscreenEnabled;
    full.addEventListener("click", toggleFullScreen);
  }
  for (const tools of viewer.querySelectorAll("[data-tools]")) tools.hidden = false;
  for (const button of viewer.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoomBy(Number(button.dataset.zoom)));
  }
}

// --- Swiping: the page follows no finger, it turns when that is lifted.
const SWIPE_PX = 50;

// 1 for the next page, -1 for the one before, 0 for anything that is no swipe sideways.
function swipeOf(from, to) {
  const right = to.clientX - from.clientX;
  const isSideways = Math.abs(right) > 2 * Math.abs(to.clientY - from.clientY);
  return isSideways && Math.abs(right) >= SWIPE_PX ? -Math.sign(right) : 0;
}

function onSwipe(turn) {
  let begun = null;
  stage.addEventListener("touchstart", ({ touches }) => {
    // Two fingers zoom, and a page that is zoomed is moved.
    begun = touches.length === 1 && zoom === 0 ? touches[0] : null;
  }, { passive: true });
  stage.addEventListener("touchend", ({ changedTouches }) => {
    const step = begun ? swipeOf(begun, changedTouches[0]) : 0;
    begun = null;
    if (step) turn(step);
  });
}

// --- What does not come
function missing(isMissing) {
  viewer.querySelector("[data-missing]").hidden = !isMissing;
  leaf.hidden = isMissing;
}

if (leaf && !viewer.dataset.prefix) leaf.addEventListener("error", () => missing(true));
if (leaf && !viewer.dataset.prefix && leaf.complete && !leaf.naturalWidth) missing(true);

// --- Pages
class Pages {
  constructor() {
    const { prefix, number, pages, most, counts, countsUnknown } = viewer.dataset;
    Object.assign(this, { prefix, counts, countsUnknown, number: Number(number) });
    this.most = Number(most);
    this.count = Number(pages) || null;
    this.thumbnails = viewer.querySelector("[data-thumbnails]");
    leaf.addEventListener("load", () => missing(false));
    leaf.addEventListener("error", () => this.failed());
    // The number below says enough; a picture that did not come is a torn one.
    for (const kind of ["load", "error"]) {
      this.thumbnails.addEventListener(kind, (event) => this.tear(event.target, kind), true);
    }
    for (const image of this.thumbnails.querySelectorAll("img")) {
      if (image.complete && !image.naturalWidth) this.tear(image, "error");
    }
    viewer.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("keydown", (event) => this.pressed(event));
    onSwipe((step) => this.turnTo(this.number + step));
    addEventListener("popstate", () => this.show(this.asked()));
    if (leaf.complete && !leaf.naturalWidth) this.failed();
    else if (!this.count) this.search(this.number);
    this.reveal(this.thumbnail(this.number));
  }

  tear(image, kind) {
    image.classList.toggle("is-missing", kind === "error");
  }

  get last() {
    return this.count ?? this.most;
  }

  address(number) {
    return `${this.prefix}${number}.jpg`;
  }

  asked() {
    return Number(new URLSearchParams(location.search).get("page")) || 1;
  }

  thumbnail(number) {
    return this.thumbnails.querySelector(`[data-page="${number}"]`);
  }

  // Bring a thumbnail into its column, or on a phone its row; the page itself stays where it is.
  reveal(thumbnail) {
    if (!thumbnail) return;
    const column = this.thumbnails.parentElement;
    const place = column.getBoundingClientRect();
    const own = thumbnail.getBoundingClientRect();
    column.scrollBy({
      top: own.top + own.height / 2 - place.top - place.height / 2,
      left: own.left + own.width / 2 - place.left - place.width / 2,
    });
  }

  turnTo(number) {
    const next = Math.min(Math.max(number, 1), this.last);
    if (next === this.number) return;
    history.pushState(null, "", `?page=${next}`);
    this.show(next);
  }

  show(number) {
    this.number = Math.min(Math.max(number, 1), this.last);
    leaf.src = this.address(this.number);
    leaf.alt = this.countsUnknown.replace("{page}", this.number);
    stage.scrollTo(0, 0);
    this.tell();
    this.fill(this.number);
    this.thumbnails.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const current = this.thumbnail(this.number);
    current?.setAttribute("aria-current", "page");
    this.reveal(current);
    if (this.number < this.last && this.count) new Image().src = this.address(this.number + 1);
  }

  tell() {
    const pattern = this.count ? this.counts : this.countsUnknown;
    viewer.querySelector("[data-counter]").textContent = pattern
      .replace("{page}", this.number)
      .replace("{pages}", this.count);
    for (const link of viewer.querySelectorAll("[data-step]")) {
      const to = this.number + Number(link.dataset.step);
      const leads = to >= 1 && to <= this.last;
      link.toggleAttribute("href", leads);
      if (leads) link.setAttribute("href", `?page=${to}`);
      if (leads) link.removeAttribute("aria-disabled");
      else link.setAttribute("aria-disabled", "true");
    }
  }

  // Thumbnails up to this page, alike those that the page came with.
  fill(number) {
    const items = this.thumbnails.children;
    while (items.length < number) {
      const item = items[0].cloneNode(true);
      const link = item.querySelector("a");
      const page = items.length + 1;
      link.href = `?page=${page}`;
      link.dataset.page = page;
      link.removeAttribute("aria-current");
      link.querySelector("img").src = this.address(page);
      link.querySelector("span").textContent = page;
      this.thumbnails.append(item);
    }
  }

  // Some documents come without a count: double the number until a page is missing, then halve.
  async search(known) {
    let here = known;
    let beyond = known + 1;
    while (beyond <= this.most && (await this.exists(beyond))) {
      here = beyond;
      beyond *= 2;
    }
    while (beyond - here > 1) {
      const middle = Math.floor((here + beyond) / 2);
      if (middle <= this.most && (await this.exists(middle))) here = middle;
      else beyond = middle;
    }
    this.count = here;
    const isCut = here === this.most && (await this.exists(here + 1));
    viewer.querySelector("[data-cut]").hidden = !isCut;
    this.fill(here);
    this.tell();
  }

  exists(number) {
    return new Promise((resolve) => {
      const probe = new Image();
      probe.referrerPolicy = "no-referrer";
      probe.onload = () => resolve(true);
      probe.onerror = () => resolve(false);
      probe.src = this.address(number);
    });
  }

  async failed() {
    if (!this.count && this.number > 1 && (await this.exists(1))) {
      await this.search(1);
      this.trim();
      this.turnTo(this.count);
    } else {
      missing(true);
    }
  }

  trim() {
    const items = this.thumbnails.children;
    while (items.length > this.count) items[items.length - 1].remove();
  }

  clicked(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("[data-step], [data-page]");
    if (!link) return;
    event.preventDefault();
    const { page, step } = link.dataset;
    this.turnTo(page ? Number(page) : this.number + Number(step));
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    // A page that is larger than its place is moved by the arrows.
    if (zoom > 0 && event.target === stage && event.key.startsWith("Arrow")) return;
    const target = {
      ArrowRight: this.number + 1,
      PageDown: this.number + 1,
      ArrowLeft: this.number - 1,
      PageUp: this.number - 1,
      Home: 1,
      End: this.count ?? this.number,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.turnTo(target);
  }
}

if (viewer?.dataset.prefix) new Pages();

// Letters only while the page itself is chosen: elsewhere they belong to the browser and its helpers.
stage?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const action = {
    "+": () => zoomBy(1),
    "=": () => zoomBy(1),
    "-": () => zoomBy(-1),
    0: () => zoomBy(0),
    f: toggleFullScreen,
  }[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
});
