"use strict";
// Name the school's time zone when the browser stands in another one.
const note = document.getElementById("time-zone");
if (note && Intl.DateTimeFormat().resolvedOptions().timeZone !== note.dataset.zone) {
  note.hidden = false;
}
