"use strict";
// One box chooses all rows of a page for the form that it names; how many are chosen is said beside its button. Rows
// come and go.
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-chooses-all]")) for (const box of boxesOf(target)) box.checked = target.checked;
  tellChosen();
});
document.addEventListener("livechange", tellChosen);
tellChosen();

function boxesOf(all) {
  return [...document.querySelectorAll(`input[name="code"][form="${all.dataset.choosesAll}"]`)];
}

function tellChosen() {
  const all = document.querySelector("[data-chooses-all]");
  if (!all) return;
  const boxes = boxesOf(all);
  const chosen = boxes.filter((box) => box.checked).length;
  all.hidden = false;
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  document.querySelector("[data-chosen-count]").textContent = chosen ? `${chosen} / ${boxes.length}` : "";
}
