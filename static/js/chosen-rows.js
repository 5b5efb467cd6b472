"use strict";
// A box with data-chooses-all="name" ticks all boxes of that name in its form; how many are ticked is said beside its
// buttons. Rows come and go.
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-chooses-all]")) for (const box of boxesOf(target)) box.checked = target.checked;
  tellChosen();
});
document.addEventListener("livechange", tellChosen);
tellChosen();

function boxesOf(all) {
  return [...all.form.elements].filter((field) => field.type === "checkbox" && field.name === all.dataset.choosesAll);
}

function tellChosen() {
  for (const all of document.querySelectorAll("[data-chooses-all]")) {
    const boxes = boxesOf(all);
    const chosen = boxes.filter((box) => box.checked).length;
    const count = all.form.querySelector("[data-chosen-count]");
    (all.closest(".choose-all") ?? all).hidden = false;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    if (count) count.textContent = chosen ? `${chosen} / ${boxes.length}` : "";
  }
}
