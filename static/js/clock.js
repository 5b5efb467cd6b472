"use strict";
// What time alone changes, by the server's clock: how long until a class can be entered, and the line of the
// present moment in a week. The visitor's clock may be wrong: of it only differences count.
const serverClock = document.getElementById("live");
if (serverClock) {
  const MINUTE_S = 60;
  const HOUR_S = 60 * MINUTE_S;
  // Until a later moment the day is what matters.
  const COUNTED_S = 24 * HOUR_S;
  const SIXTIETHS_A_STEP = 5;

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

  // In the cell of today and of the present row.
  function showNow(passedMs) {
    const week = document.querySelector("table.week");
    const today = week?.querySelector("thead .is-today");
    if (!today) return;
    // The school's time of day stands in the text; the visitor may be in another zone.
    const told = serverClock.dataset.now.slice(0, 19);
    const local = new Date(Date.parse(`${told}Z`) + passedMs);
    const isToday = local.toISOString().slice(0, 10) === told.slice(0, 10);
    const minute = 60 * local.getUTCHours() + local.getUTCMinutes();
    const [row, sixtieths] = isToday ? placeOf(minute, [...week.tBodies[0].rows]) : [];
    const line = week.querySelector(".now-line") ?? makeLine();
    const step = SIXTIETHS_A_STEP * Math.floor(sixtieths / SIXTIETHS_A_STEP);
    const place = row?.cells[today.cellIndex];
    line.className = `now-line at-${String(step).padStart(2, "0")}`;
    if (!place) line.remove();
    else if (line.parentNode !== place) place.prepend(line);
  }

  // The present row, and how much of it is over; between two rows the next one, none of which is.
  function placeOf(minute, rows) {
    let number = rows.filter((row) => minute >= minutesOf(row)[0]).length - 1;
    if (number >= 0 && minute >= minutesOf(rows[number])[1]) number += 1;
    if (!rows[number]) return [];
    const [from, until] = minutesOf(rows[number]);
    return [rows[number], Math.floor((60 * Math.max(0, minute - from)) / (until - from))];
  }

  // From when until when a row is; of an hour its head says so.
  function minutesOf(row) {
    const { starts, ends } = row.dataset;
    const from = inMinutes(starts ?? row.cells[0].textContent);
    return [from, ends ? inMinutes(ends) : from + 60];
  }

  function inMinutes(clock) {
    const [hours, minutes] = clock.split(":");
    return 60 * parseInt(hours, 10) + parseInt(minutes, 10);
  }

  function makeLine() {
    const line = document.createElement("span");
    line.dataset.key = "now";
    line.ariaHidden = "true";
    return line;
  }
}
