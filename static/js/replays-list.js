"use strict";
// One box chooses all on the page; how many are chosen is said beside the button. Rows come and go.
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-chooses-all]")) for (const box of replayBoxes()) box.checked = target.checked;
  tellChosen();
});
document.addEventListener("livechange", tellChosen);
tellChosen();

function replayBoxes() {
  return [...document.querySelectorAll('input[name="code"][form="chosen-replays"]')];
}

function tellChosen() {
  const all = document.querySelector("[data-chooses-all]");
  if (!all) return;
  const boxes = replayBoxes();
  const chosen = boxes.filter((box) => box.checked).length;
  all.hidden = false;
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  document.querySelector("[data-chosen-count]").textContent = chosen ? `${chosen} / ${boxes.length}` : "";
}
