// Says how long the film has played in this visit: while it plays, and when the page is left.
const EVERY_MS = 2000;
const { reportUrl } = document.currentScript.dataset;
const video = document.querySelector("video");
let playedMs = 0;
let since = null;

function count() {
  const now = performance.now();
  if (since !== null) playedMs += now - since;
  since = video.paused ? null : now;
}

function report() {
  count();
  if (playedMs) fetch(`${reportUrl}&ms=${Math.round(playedMs)}`, { method: "POST", keepalive: true }).catch(() => {});
}

video.addEventListener("playing", count);
for (const event of ["pause", "ended"]) video.addEventListener(event, report);
addEventListener("pagehide", report);
setInterval(() => video.paused || report(), EVERY_MS);
