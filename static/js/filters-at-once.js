"use strict";
// A form of filters acts as soon as something is chosen, and leaves out of the address what is not. Where keys alone
// change a menu that is not open, each press would load the page: then the button waits, which is not needed else.
for (const form of document.querySelectorAll("form[data-acts-at-once]")) {
  const MOVES = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"];
  const button = form.querySelector("button");
  let isByKeys = false;
  button.hidden = true;
  form.addEventListener("pointerdown", () => (isByKeys = false));
  form.addEventListener("keydown", ({ key }) => (isByKeys = MOVES.includes(key) || /^\S$/u.test(key)));
  form.addEventListener("change", ({ target }) => {
    // What is searched by typing changes only when it was found.
    if (isByKeys && !target.hidden) button.hidden = false;
    else form.requestSubmit();
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}
