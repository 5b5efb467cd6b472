"use strict";
// A form of filters finds as somebody types: what it finds takes the place of what was found before, and the address
// says what is asked for. Arrow down leads from the search to what was found, arrow up back; Enter opens a single one.
for (const form of document.querySelectorAll("form[data-finds]")) {
  const WAIT_MS = 150;
  const found = document.getElementById(form.dataset.finds);
  const search = form.querySelector('input[type="search"]');
  const told = document.querySelector("[data-finds-told]");
  const links = () => [...found.querySelectorAll("tbody th a")];
  let waiting, asking, shown = addressOf();
  form.querySelector("button").closest(".actions").hidden = true;

  form.addEventListener("input", () => later(WAIT_MS));
  form.addEventListener("change", () => later(0));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const only = links();
    if (addressOf() === shown && only.length === 1 && search.value) only[0].click();
    else later(0);
  });
  addEventListener("pageshow", () => later(0)); // the browser fills in what was typed before

  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !event.isComposing && links().length) {
      event.preventDefault();
      links()[0].focus();
    }
  });
  found.addEventListener("keydown", (event) => {
    const place = links().indexOf(event.target);
    if (place < 0 || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const next = place + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? search : links()[next])?.focus();
  });

  function addressOf() {
    const values = [...new FormData(form)].filter(([, value]) => value.trim());
    const query = new URLSearchParams(values).toString();
    return query ? `${form.action}?${query}` : form.action;
  }

  function later(wait) {
    clearTimeout(waiting);
    waiting = setTimeout(find, wait);
  }

  async function find() {
    const address = addressOf();
    if (address === shown) return;
    asking?.abort();
    const mine = (asking = new AbortController());
    found.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { headers: { "X-Part": "found" }, signal: mine.signal });
      // Signed out meanwhile, say: the page as a whole tells why.
      if (!answer.ok || answer.redirected) return location.assign(address);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      found.replaceChildren(...page.body.childNodes);
      told.textContent = found.querySelector("[data-total]")?.dataset.total ?? "";
      shown = address;
      history.replaceState(history.state, "", address);
    } catch (error) {
      // A later press of a key asks anew; without a connection what was found stays.
      if (error.name !== "AbortError") found.removeAttribute("aria-busy");
      return;
    }
    if (asking === mine) found.removeAttribute("aria-busy");
  }
}
