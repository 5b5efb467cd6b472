"use strict";
// Which parts of a film were really watched: only what played, in seconds of the film, so that another speed counts
// its seconds and not those of the clock. Going elsewhere ends a part, and begins another one.
// `watchedParts.untold(file)` are those that the platform has not confirmed yet; `forget` drops those that it has.
const watchedParts = (() => {
  // As many as the platform takes at once (replays/watched_parts.py).
  const MOST = 50;
  // The part that plays just now, from its begin to the latest moment that was seen.
  let begin = null;
  let end = null;

  function start() {
    if (player.paused || player.seeking) return;
    begin = end = player.currentTime;
  }

  function follow() {
    // On the way to another place, that place was not watched up to.
    if (begin !== null && !player.seeking) end = player.currentTime;
  }

  // Put what has played so far with the others of its file.
  function cut() {
    if (begin === null || end <= begin) return;
    const file = currentFile();
    const parts = file.untold ?? [];
    const last = parts.at(-1);
    // One that goes on from the last takes its place: a new array, since the last may be on its way.
    const joined = last?.[1] === begin ? [...parts.slice(0, -1), [last[0], end]] : [...parts, [begin, end]];
    file.untold = joined.slice(-MOST);
    begin = end;
  }

  function stop() {
    follow();
    cut();
    begin = end = null;
  }

  player.addEventListener("playing", () => begin === null && start());
  player.addEventListener("seeked", start);
  player.addEventListener("timeupdate", follow);
  for (const event of ["pause", "ended"]) player.addEventListener(event, stop);
  // The place is another one already, also where the same file is loaded by another way.
  for (const event of ["seeking", "emptied"]) {
    player.addEventListener(event, () => {
      cut();
      begin = end = null;
    });
  }

  function untold(file) {
    follow();
    cut();
    return file.untold ?? [];
  }

  const forget = (file, parts) => (file.untold = file.untold.filter((part) => !parts.includes(part)));
  const text = (parts) => parts.map((part) => part.map((place) => place.toFixed(1)).join("-")).join(",");
  return { untold, forget, text, stop };
})();
