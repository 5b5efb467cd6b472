"use strict";
// Copy an address by its button; without scripts it can be selected by hand.
bindButtons();
document.addEventListener("livechange", bindButtons);

function bindButtons() {
  // They are shown once they do something.
  for (const button of document.querySelectorAll("button[data-copies][hidden]")) {
    const field = document.getElementById(button.dataset.copies);
    button.hidden = false;
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", () => copy(button, field));
  }
}

async function copy(button, field) {
  const told = field.closest(".field").querySelector("[data-copied]");
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without https a browser has no clipboard of this kind.
    field.select();
    isCopied = document.execCommand("copy");
  }
  told.textContent = isCopied ? button.dataset.done : "";
}
