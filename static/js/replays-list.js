"use strict";
// One box chooses all on the page; how many are chosen is said beside the button.
const all = document.querySelector("[data-chooses-all]");
if (all) {
  const form = document.getElementById(all.dataset.choosesAll);
  const boxes = [...document.querySelectorAll(`input[name="code"][form="${form.id}"]`)];
  const told = form.querySelector("[data-chosen-count]");
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  tell();

  function tell() {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    told.textContent = chosen ? `${chosen} / ${boxes.length}` : "";
  }
}
