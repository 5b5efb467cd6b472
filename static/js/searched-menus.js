"use strict";
// A long menu is searched: a field with the browser's own list of proposals stands in for it, and chooses in it what is
// typed. Without this it stays the menu that it is; so does one in which two entries have one name.
for (const menu of document.querySelectorAll("select:not([multiple])")) {
  const SEEN_AT_ONCE = 12;
  const entries = new Map([...menu.options].map((option) => [option.text.trim(), option]));
  if (menu.options.length <= SEEN_AT_ONCE || entries.size < menu.options.length) continue;

  const field = document.createElement("input");
  const list = document.createElement("datalist");
  for (const [text, option] of entries) {
    const proposal = new Option("", text);
    proposal.label = option.parentElement.label ?? ""; // of its group
    list.append(proposal);
  }
  list.id = `entries-${menu.id || menu.name}`;
  field.setAttribute("list", list.id);
  field.className = "searched";
  field.autocomplete = "off";
  field.spellcheck = false;
  for (const { name, value } of [...menu.attributes]) {
    if (/^(id|autofocus|disabled|aria-.*)$/.test(name)) field.setAttribute(name, value);
  }
  menu.removeAttribute("id");
  menu.required = false; // one entry is always chosen
  menu.hidden = true;
  menu.before(field, list);
  if (field.autofocus) field.focus();

  const chosen = () => menu.selectedOptions[0]?.text.trim() ?? "";
  const show = () => (field.value = chosen());
  const matches = (typed) => [...entries].filter(([text]) => text.toLowerCase().includes(typed));

  function choose() {
    const typed = field.value.trim().toLowerCase();
    const fitting = typed ? matches(typed) : [];
    const [, option] = fitting.find(([text]) => text.toLowerCase() === typed) ?? (fitting.length === 1 ? fitting[0] : []);
    const isOther = option !== undefined && !option.selected;
    if (isOther) option.selected = true;
    show();
    if (isOther) menu.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // Empty, the field proposes all; what is chosen stays to be read in it.
  field.addEventListener("focus", () => {
    field.placeholder = chosen();
    field.value = "";
  });
  field.addEventListener("blur", choose);
  field.addEventListener("change", (event) => {
    event.stopPropagation(); // it is the menu that changes
    choose();
  });
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    if (event.inputType === "insertReplacementText" && entries.has(field.value)) choose();
  });
  field.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") show();
  });
  menu.form?.addEventListener("reset", () => setTimeout(show));
  addEventListener("pageshow", show); // the browser fills in what was chosen before
  show();
}
