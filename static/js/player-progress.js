"use strict";
// Go on where one left off: told to the platform for people of the school, else kept in this browser.
const resume = find("data-player-resume");
const goOn = find("data-go-on");
const EVERY_MS = 10000;
const GOES_ON_FROM_S = 5;
const SEEN_FROM = 0.95;
// After resuming, "from the beginning" stays on offer this long.
const BEGINNING_OFFERED_FOR_S = 30;
// Progress sent while leaving a page may arrive after the next page was made: this tab knows it
// sooner.
const JUST_LEFT_MS = 60000;
// Dragging through a video passes many positions.
const SEEKS_EVERY_MS = 1000;
let toldAt = 0;
let toldPosition = -1;
// Parts that were sent and are not answered yet.
let onTheWay = [];
let place = 0;
// From the offer of a place until somebody plays: the place that is kept stays as it is.
let isOffered = false;
// Where somebody went in the film meanwhile, instead of that place.
let wished = null;

const memoryName = () => `replay:${box.dataset.memory}:${box.dataset.number}`;
const isSeen = () => player.duration > 0 && player.currentTime >= SEEN_FROM * player.duration;

function timeText(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

// Of this person alone: another may sign in to this tab.
const tabName = () => `replay:${box.dataset.person}:${currentFile().address}`;

function keepInTab(position) {
  try {
    sessionStorage.setItem(tabName(), JSON.stringify([position, Date.now()]));
  } catch {
    // Storage is switched off or full.
  }
}

function keptInTab() {
  try {
    const [position, at] = JSON.parse(sessionStorage.getItem(tabName()));
    return Date.now() - at < JUST_LEFT_MS ? position : null;
  } catch {
    return null;
  }
}

function tell() {
  // What is not loaded, or does not load again, has no place.
  if (player.readyState === 0) return;
  const file = currentFile();
  const parts = watchedParts.untold(file);
  const isTold = player.currentTime === toldPosition || (player.currentTime === 0 && toldPosition < 0);
  if (isOffered || (isTold && parts.every((part) => onTheWay.includes(part)))) return;
  toldAt = Date.now();
  toldPosition = player.currentTime;
  file.position_s = isSeen() ? 0 : Math.floor(toldPosition);
  if (box.dataset.progress) {
    keepInTab(file.position_s);
    const body = new FormData(box.querySelector("form"));
    body.set("file", file.number);
    body.set("position_s", toldPosition.toFixed(1));
    if (isSeen()) body.set("seen", "1");
    if (parts.length) body.set("watched", watchedParts.text(parts));
    onTheWay = parts;
    // Goes out even while the page is being left. Without an answer, the next report tells the same parts again.
    fetch(box.dataset.progress, { method: "POST", body, keepalive: true })
      .then((answer) => answer.status < 500 && watchedParts.forget(file, parts))
      .catch(() => {})
      .finally(() => (onTheWay = []));
  } else if (box.dataset.memory) {
    remember(memoryName(), String(file.position_s));
  }
}

function offer() {
  const file = currentFile();
  place = box.dataset.progress
    ? (keptInTab() ?? file.position_s)
    : Number(box.dataset.memory && remembered(memoryName()));
  goOn.textContent = goOn.dataset.words.replace("{time}", timeText(place));
  isOffered = place >= GOES_ON_FROM_S;
  wished = null;
  resume.hidden = !isOffered;
  goOn.hidden = false;
  toldPosition = -1;
}

function begin(at) {
  isOffered = false;
  goOn.hidden = true;
  resume.hidden = at === 0;
  player.currentTime = at;
  // A film that is not loaded yet knows no places; this is where it begins then.
  if (player.readyState === 0) {
    player.addEventListener("loadedmetadata", () => (player.currentTime = at), { once: true });
  }
  play();
}

goOn.addEventListener("click", () => begin(place));
find("data-begin").addEventListener("click", () => begin(0));
player.addEventListener("seeking", () => {
  if (isOffered && player.currentTime >= GOES_ON_FROM_S) wished = player.currentTime;
});
// By whatever button: without another choice, resume at the saved position. By now the film may run already.
player.addEventListener("play", () => {
  if (isOffered) begin(wished ?? place);
});
player.addEventListener("timeupdate", () => {
  if (!isOffered && Math.abs(player.currentTime - place) > BEGINNING_OFFERED_FOR_S) resume.hidden = true;
  if (!player.paused && Date.now() - toldAt >= EVERY_MS) tell();
});
for (const event of ["pause", "ended"]) player.addEventListener(event, tell);
player.addEventListener("seeked", () => {
  if (Date.now() - toldAt >= SEEKS_EVERY_MS) tell();
});
box.addEventListener("player:leave", () => {
  tell();
  watchedParts.stop();
});
box.addEventListener("player:file", offer);
addEventListener("pagehide", tell);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) tell();
});
offer();
