"use strict";
// The arrow keys lead to what stands before and after: the pages that this one calls "prev" and "next".
document.addEventListener("keydown", (event) => {
  const RELATIONS = { ArrowLeft: "prev", ArrowRight: "next" };
  // There they move something else: what is typed, chosen, opened or scrolled. In a form that is sent, what was typed
  // would be lost.
  const OWN_USE = "input, select, textarea, summary, dialog, details[open], [contenteditable], form[method=post]";
  const isWithOthers = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
  if (!(event.key in RELATIONS) || isWithOthers || event.repeat || event.isComposing) return;
  const isScrolled = (place) => place !== null && place.scrollWidth > place.clientWidth;
  const places = [document.documentElement, event.target.closest('[role="region"]')];
  if (event.defaultPrevented || event.target.closest(OWN_USE) || places.some(isScrolled)) return;
  document.querySelector(`a[rel="${RELATIONS[event.key]}"]`)?.click();
});
