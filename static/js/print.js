"use strict";
// A button that prints; without scripts the page says how else.
for (const button of document.querySelectorAll("button[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const words of document.querySelectorAll("[data-prints-by-hand]")) {
  words.hidden = true;
}
