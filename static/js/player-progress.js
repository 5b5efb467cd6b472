"use strict";
// Go on where one left off: told to the platform for people of the school, else kept in this browser.
const resume = find("data-player-resume");
const goOn = find("data-go-on");
const EVERY_MS = 10000;
const GOES_ON_FROM_S = 5;
const SEEN_FROM = 0.95;
// Having gone on, one may still want the beginning: the way there stays for so long.
const BEGINNING_OFFERED_FOR_S = 30;
let toldAt = 0;
let toldPosition = -1;
let place = 0;
// From the offer of a place until somebody plays: the place that is kept stays as it is.
let isOffered = false;

const memoryName = () => `replay:${box.dataset.memory}:${box.dataset.number}`;
const isSeen = () => player.duration > 0 && player.currentTime >= SEEN_FROM * player.duration;

function timeText(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

function tell() {
  if (isOffered || player.currentTime === toldPosition || (player.currentTime === 0 && toldPosition < 0)) return;
  toldAt = Date.now();
  toldPosition = player.currentTime;
  const file = currentFile();
  file.position_s = isSeen() ? 0 : Math.floor(toldPosition);
  if (box.dataset.progress) {
    const body = new FormData(box.querySelector("form"));
    body.set("file", file.number);
    body.set("position_s", toldPosition.toFixed(1));
    if (isSeen()) body.set("seen", "1");
    // Goes out even while the page is being left.
    fetch(box.dataset.progress, { method: "POST", body, keepalive: true }).catch(() => {});
  } else if (box.dataset.memory) {
    remember(memoryName(), String(file.position_s));
  }
}

function offer() {
  const file = currentFile();
  place = box.dataset.progress ? file.position_s : Number(box.dataset.memory && remembered(memoryName()));
  goOn.textContent = goOn.dataset.words.replace("{time}", timeText(place));
  isOffered = place >= GOES_ON_FROM_S;
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
// By whatever button: whoever has not chosen another place goes on at theirs.
player.addEventListener("play", () => {
  if (isOffered) begin(player.currentTime || place);
});
player.addEventListener("timeupdate", () => {
  if (!isOffered && Math.abs(player.currentTime - place) > BEGINNING_OFFERED_FOR_S) resume.hidden = true;
  if (!player.paused && Date.now() - toldAt >= EVERY_MS) tell();
});
for (const event of ["pause", "ended"]) player.addEventListener(event, tell);
box.addEventListener("player:leave", tell);
box.addEventListener("player:file", offer);
addEventListener("pagehide", tell);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) tell();
});
offer();
