"use strict";
// Moments of the last hour as people say them, "11 minutes ago", each minute anew; and the school's time zone
// when the browser stands in another one. The page says how long ago each was when it was made, since the
// visitor's clock may be wrong: of it only differences count. What is read out when it changes stays as it is.
const zoneNote = document.getElementById("time-zone");
if (zoneNote && Intl.DateTimeFormat().resolvedOptions().timeZone !== zoneNote.dataset.zone) {
  zoneNote.hidden = false;
}

{
  const MINUTE_S = 60;
  const COUNTED_S = 60 * MINUTE_S;
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang);
  // Of each element what it said when it came.
  const known = new WeakMap();

  count();
  setInterval(count, 1000 * MINUTE_S);
  document.addEventListener("livechange", count);
  document.addEventListener("visibilitychange", count);

  function count() {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      if (time.closest("[aria-live]")) continue;
      const { text, came } = asItCame(time);
      const agoS = Number(time.dataset.ago) + (Date.now() - came) / 1000;
      const minutes = Math.max(1, Math.floor(agoS / MINUTE_S));
      const shown = agoS < COUNTED_S ? words.format(-minutes, "minute") : text;
      if (time.textContent !== shown) time.textContent = shown;
    }
  }

  // A part of the page that was renewed brings another text and age in the same element.
  function asItCame(time) {
    const version = `${time.dateTime} ${time.dataset.ago}`;
    const before = known.get(time);
    if (before?.version === version) return before;
    const now = { version, text: time.textContent, came: Date.now() };
    known.set(time, now);
    return now;
  }
}
