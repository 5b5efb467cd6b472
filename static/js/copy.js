"use strict";
// Copy an address by its button; without scripts it can be selected by hand.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const told = field.closest(".field").querySelector("[data-copied]");
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    let isCopied = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Without https a browser has no clipboard of this kind.
      field.select();
      isCopied = document.execCommand("copy");
    }
    told.textContent = isCopied ? button.dataset.done : "";
  });
}
