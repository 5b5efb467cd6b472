"use strict";
// What time alone changes, by the server's clock: how long until a class can be entered, and the line of the
// present moment in a week. The visitor's clock may be wrong: of it only differences count.
const serverClock = document.getElementById("live");
if (serverClock) {
  const MINUTE_S = 60;
  const HOUR_S = 60 * MINUTE_S;
  // Until a later moment the day is what matters.
  const COUNTED_S = 24 * HOUR_S;
  const MINUTES_A_STEP = 5;

  let toldAt = 0;
  let heardAt = 0;

  listen();
  tick();
  setInterval(tick, 1000);
  document.addEventListener("livechange", () => {
    listen();
    tick();
  });
  document.addEventListener("visibilitychange", tick);

  function listen() {
    toldAt = Date.parse(serverClock.dataset.now);
    heardAt = Date.now();
  }

  function tick() {
    if (document.hidden) return;
    const passedMs = Date.now() - heardAt;
    for (const timer of document.querySelectorAll("[data-until]")) count(timer, toldAt + passedMs);
    showNow(passedMs);
  }

  function count(timer, nowMs) {
    const { until, left, due } = timer.dataset;
    const leftS = Math.ceil((Date.parse(until) - nowMs) / 1000);
    const words = leftS > 0 ? left.replace("{time}", inWords(leftS)) : due;
    const shown = leftS > COUNTED_S ? "" : `· ${words}`;
    if (timer.textContent !== shown) timer.textContent = shown;
  }

  function inWords(seconds) {
    if (seconds <= MINUTE_S) return inUnit(seconds, "second");
    const minutes = Math.ceil(seconds / MINUTE_S);
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
    const parts = [hours && inUnit(hours, "hour"), rest && inUnit(rest, "minute")];
    return parts.filter(Boolean).join(" ");
  }

  function inUnit(number, unit) {
    const { lang } = document.documentElement;
    return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(number);
  }

  // In the cell of today and of the hour, whose row begins with it.
  function showNow(passedMs) {
    const week = document.querySelector("table.week");
    const today = week?.querySelector("thead .is-today");
    if (!today) return;
    // The school's time of day stands in the text; the visitor may be in another zone.
    const told = serverClock.dataset.now.slice(0, 19);
    const local = new Date(Date.parse(`${told}Z`) + passedMs);
    const isToday = local.toISOString().slice(0, 10) === told.slice(0, 10);
    const isPresent = (row) => parseInt(row.cells[0].textContent, 10) === local.getUTCHours();
    const row = isToday ? [...week.tBodies[0].rows].find(isPresent) : undefined;
    const line = week.querySelector(".now-line") ?? makeLine();
    const step = MINUTES_A_STEP * Math.floor(local.getUTCMinutes() / MINUTES_A_STEP);
    const place = row?.cells[today.cellIndex];
    line.className = `now-line at-${String(step).padStart(2, "0")}`;
    if (!place) line.remove();
    else if (line.parentNode !== place) place.prepend(line);
  }

  function makeLine() {
    const line = document.createElement("span");
    line.dataset.key = "now";
    line.ariaHidden = "true";
    return line;
  }
}
