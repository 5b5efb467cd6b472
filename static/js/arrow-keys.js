"use strict";
// The arrow keys lead to what stands before and after: the pages that this one calls "prev" and "next".
document.addEventListener("keydown", (event) => {
  const RELATIONS = { ArrowLeft: "prev", ArrowRight: "next" };
  // There they move something else: what is typed, chosen, opened or scrolled.
  const OWN_USE = "input, select, textarea, summary, dialog, details[open], [contenteditable]";
  const isWithOthers = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
  if (!(event.key in RELATIONS) || isWithOthers || event.repeat || event.isComposing) return;
  const { scrollWidth, clientWidth } = document.documentElement;
  if (event.defaultPrevented || event.target.closest(OWN_USE) || scrollWidth > clientWidth) return;
  document.querySelector(`a[rel="${RELATIONS[event.key]}"]`)?.click();
});
