"use strict";
// A box with data-chooses-all="name" ticks all boxes of that name in its form; beside the buttons stands how many are ticked.
for (const all of document.querySelectorAll("[data-chooses-all]")) {
  const boxes = () => [...all.form.querySelectorAll(`input[type="checkbox"][name="${all.dataset.choosesAll}"]`)];
  const count = all.form.querySelector(`[data-chosen-count="${all.dataset.choosesAll}"]`);
  function tell() {
    const chosen = boxes().filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && chosen < boxes().length;
    if (count) count.textContent = chosen ? `${chosen} / ${boxes().length}` : "";
  }
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    tell();
  });
  all.form.addEventListener("change", tell);
  tell();
}
