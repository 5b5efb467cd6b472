"use strict";
// Speed, keys, the next file, and words when a file does not play. All of it beside the browser's own
// controls, which work without this as well.
const box = document.getElementById("player-box");
const player = document.getElementById("player");
const files = JSON.parse(document.getElementById("player-files").textContent);
const find = (what) => box.querySelector(`[${what}]`);

// --- Which file --------------------------------------------------------------------------------
const currentFile = () => files.find((file) => file.number === Number(box.dataset.number));
const nextFile = () => files.find((file) => file.number === Number(box.dataset.number) + 1);

function show(file) {
  if (file.is_signalling) {
    location.assign(`${box.dataset.page}?file=${file.number}#player-box`);
    return;
  }
  box.dispatchEvent(new Event("player:leave"));
  box.dataset.number = file.number;
  find("data-player-fails").hidden = true;
  player.setAttribute("aria-label", `${player.dataset.title} · ${file.label}`);
  history.replaceState(null, "", `${box.dataset.page}?file=${file.number}`);
  for (const row of document.querySelectorAll("tr[data-file]")) {
    if (Number(row.dataset.file) === file.number) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  const button = find("data-next-file");
  if (button) button.hidden = !nextFile();
  const download = document.querySelector("a[data-download]");
  if (download) {
    download.href = `${box.dataset.page}download/?file=${file.number}`;
    download.hidden = file.is_playlist;
  }
  const rate = player.playbackRate;
  playerSource.use(file.address, file.is_playlist);
  player.defaultPlaybackRate = player.playbackRate = rate;
  box.dispatchEvent(new Event("player:file"));
  play();
}

// A browser may want a click of its own before it plays.
const play = () => player.play().catch(() => {});

// --- The next file, with a way to stop --------------------------------------------------------
const NEXT_IN_S = 5;
const notice = find("data-player-next");
let counting = null;

function stopCounting() {
  clearInterval(counting);
  counting = null;
  notice.hidden = true;
}

function goToNext() {
  stopCounting();
  const file = nextFile();
  if (file) show(file);
}

player.addEventListener("ended", () => {
  const file = nextFile();
  if (!file) return;
  const words = notice.querySelector("[data-words]");
  let left = NEXT_IN_S;
  // Announced once: listeners need no countdown.
  words.textContent = words.dataset.words.replace("{label}", file.label).replace("{seconds}", left);
  notice.hidden = false;
  counting = setInterval(() => {
    left -= 1;
    if (left <= 0) goToNext();
  }, 1000);
});
player.addEventListener("play", stopCounting);
find("data-next-now").addEventListener("click", goToNext);
find("data-next-stop").addEventListener("click", stopCounting);
find("data-next-file")?.addEventListener("click", goToNext);

// --- When it does not play --------------------------------------------------------------------
// Ways to a file may hold for some hours only: once in a while a new one is asked for, at the same place.
const ASKS_AGAIN_AFTER_MS = 30000;
let askedAgainAt = 0;
let hasPlayed = false;
player.addEventListener("play", () => (hasPlayed = true));

player.addEventListener("error", () => {
  const place = player.currentTime;
  const isAhead = playerSource.isAhead();
  if (isAhead || (place > 0 && Date.now() - askedAgainAt > ASKS_AGAIN_AFTER_MS)) {
    if (!isAhead) askedAgainAt = Date.now();
    const file = currentFile();
    playerSource.use(file.address, file.is_playlist);
    if (place > 0) player.addEventListener("loadedmetadata", () => (player.currentTime = place), { once: true });
    // What fails before somebody plays may not fail then.
    if (hasPlayed) play();
    return;
  }
  const told = find("data-player-fails");
  told.textContent = player.dataset.fails;
  told.hidden = false;
});

// --- Speed --------------------------------------------------------------------------------------
const speed = find("data-speed");
const speeds = [...speed.options].map((option) => Number(option.value));

function setSpeed(rate) {
  player.defaultPlaybackRate = player.playbackRate = rate;
  speed.value = String(rate);
  remember("replay-speed", rate);
}

function stepSpeed(step) {
  const place = speeds.indexOf(Number(speed.value)) + step;
  if (place >= 0 && place < speeds.length) setSpeed(speeds[place]);
}

// The browser's own menu changes it as well.
player.addEventListener("ratechange", () => {
  if (speeds.includes(player.playbackRate)) speed.value = String(player.playbackRate);
});
speed.addEventListener("change", () => setSpeed(Number(speed.value)));

// --- What this browser remembers; one that may not, does without --------------------------------
function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage is switched off or full.
  }
}

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

const lastSpeed = Number(remembered("replay-speed"));
if (speeds.includes(lastSpeed)) setSpeed(lastSpeed);

// --- Keys ---------------------------------------------------------------------------------------
const keysWanted = find("data-keys");
keysWanted.checked = remembered("replay-keys") !== "off";
keysWanted.addEventListener("change", () => remember("replay-keys", keysWanted.checked ? "on" : "off"));

const jump = (seconds) => {
  const end = Number.isFinite(player.duration) ? player.duration : Infinity;
  player.currentTime = Math.min(Math.max(player.currentTime + seconds, 0), end);
};
const turn = (step) => (player.volume = Math.min(Math.max(player.volume + step, 0), 1));
const playOrPause = () => (player.paused ? play() : player.pause());

// A click or tap on the picture. Browsers differ in what they make of it: what was done already stays. A click
// comes after its pointer, and for a tap some send none. Below lie the browser's own controls.
const CONTROLS_PX = 80;
const BROWSER_FIRST_MS = 100;
let wasPaused = true;
player.addEventListener("pointerdown", () => (wasPaused = player.paused));
player.addEventListener("pointerup", (event) => {
  if (event.button !== 0 || event.offsetY > player.clientHeight - CONTROLS_PX) return;
  setTimeout(() => player.paused === wasPaused && playOrPause(), BROWSER_FIRST_MS);
});

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (player.requestFullscreen) player.requestFullscreen().catch(() => {});
  else player.webkitEnterFullscreen?.();
}

const KEYS = {
  k: playOrPause,
  " ": playOrPause,
  ArrowLeft: () => jump(-5),
  ArrowRight: () => jump(5),
  j: () => jump(-10),
  l: () => jump(10),
  ArrowUp: () => turn(0.1),
  ArrowDown: () => turn(-0.1),
  f: fullScreen,
  m: () => (player.muted = !player.muted),
  "<": () => stepSpeed(-1),
  ">": () => stepSpeed(1),
  n: goToNext,
};
// Elsewhere on the page these scroll it.
const PLAYER_ONLY = ["ArrowUp", "ArrowDown"];
const TYPED_INTO = "input, select, textarea, [contenteditable]";
// These are pressed by the space bar themselves.
const PRESSED = "button, summary, a";

document.addEventListener(
  "keydown",
  (event) => {
    const isOurs = !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!isOurs || !keysWanted.checked || !Object.hasOwn(KEYS, key)) return;
    if (event.target.closest?.(TYPED_INTO)) return;
    if (key === " " && event.target.closest?.(PRESSED)) return;
    if (PLAYER_ONLY.includes(key) && event.target !== player) return;
    // Before the browser's own controls take it too.
    event.preventDefault();
    event.stopPropagation();
    KEYS[key]();
  },
  true,
);

find("data-player-tools").hidden = false;
