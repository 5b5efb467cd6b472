// Names the administration's choices that are searched, as their labels do: Select2 leaves an empty one,
// and each search field, without a name.
"use strict";

(() => {
  const labelOf = (part) => {
    const cell = part.closest(".form-row, td");
    const column = [...(cell?.classList ?? [])].find((name) => name.startsWith("field-"));
    const head = column && `th.column-${column.slice("field-".length)}`;
    return cell?.querySelector("label") || (head && document.querySelector(head));
  };

  const name = (part, label) => {
    label.id ||= `label-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    const own = part.getAttribute("aria-labelledby");
    part.setAttribute("aria-labelledby", own ? `${label.id} ${own}` : label.id);
    part.dataset.isNamed = "";
  };

  const nameAll = () => {
    const open = document.querySelector(".select2-container--open .select2-selection");
    const parts = ".select2-selection, .select2-selection__rendered[role=textbox], .select2-search__field";
    for (const part of document.querySelectorAll(`:is(${parts}):not([data-is-named])`)) {
      // What drops down stands at the end of the page.
      const label = labelOf(part) || (open && labelOf(open));
      if (label) name(part, label);
    }
    if (open) open.setAttribute("aria-controls", open.getAttribute("aria-owns"));
  };

  new MutationObserver(nameAll).observe(document.documentElement, { childList: true, subtree: true });
})();
