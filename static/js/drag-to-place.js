"use strict";
// A card that is dragged onto a place presses the button of that place: what the mouse does, keys do as well.
for (const card of document.querySelectorAll("[data-dragged]")) {
  card.draggable = true;
  card.addEventListener("dragstart", ({ dataTransfer }) => dataTransfer.setData("text/plain", card.textContent));
  for (const cell of card.closest("table").querySelectorAll("td:has(.place-button)")) {
    const mark = (isOver) => cell.classList.toggle("is-dragged-over", isOver);
    cell.addEventListener("dragover", (event) => {
      event.preventDefault(); // else nothing could be dropped here
      mark(true);
    });
    cell.addEventListener("dragleave", () => mark(false));
    cell.addEventListener("drop", (event) => {
      event.preventDefault();
      cell.querySelector(".place-button").click();
    });
  }
}
