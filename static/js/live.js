"use strict";
// Keep a page as it would be if it were loaded now. Its parts are asked for at the next moment that the server
// knows of, else every minute or so, and not while nobody sees the page. A page whose tab says how it stands
// (`data-title`) is seen by that too, and asks less often then.
const live = document.getElementById("live");
if (live) {
  const ANSWERED_WITHIN_S = 20;
  // Many pages wait for the same moment.
  const MOMENT_SPREAD_S = 3;
  const FIRST_TRY_AFTER_S = 5;
  const LAST_TRIES_EVERY_S = 60;
  const TAB_FOLLOWED_EVERY_S = 10;
  // Timers stand still while a computer sleeps; what is overdue then is asked soon after it wakes.
  const LATE_AFTER_MS = 2000;
  const LOOKS_EVERY_MS = 3000;

  const lost = live.querySelector("[data-lost]");
  const changed = live.querySelector("[data-changed]");
  let timer = 0;
  let momentAt = Infinity;
  let dueAt = Infinity;
  let failures = 0;
  let isAsking = false;
  // Somebody who comes back may have been in a class that ended just now: the server looks at once.
  let hasReturned = performance.getEntriesByType("navigation")[0]?.type === "back_forward";

  noteMoment();
  if (hasReturned) ask();
  else waitForNext();
  document.addEventListener("visibilitychange", () => {
    hasReturned = true;
    ask();
  });
  window.addEventListener("online", ask);
  setInterval(() => Date.now() > dueAt + LATE_AFTER_MS && ask(), LOOKS_EVERY_MS);

  function noteMoment() {
    const { inS } = live.dataset;
    momentAt = inS ? Date.now() + 1000 * (Number(inS) + MOMENT_SPREAD_S * Math.random()) : Infinity;
  }

  function waitForNext() {
    if (!live.dataset.everyS) return; // nothing changes by itself any more
    const tryAgainS = Math.min(LAST_TRIES_EVERY_S, FIRST_TRY_AFTER_S * 2 ** (failures - 1));
    const everyS = Math.max(Number(live.dataset.everyS), document.hidden ? TAB_FOLLOWED_EVERY_S : 0);
    const usualS = failures ? tryAgainS : everyS;
    const usualMs = 1000 * usualS * (0.8 + 0.4 * Math.random());
    const momentMs = momentAt - Date.now();
    const delayMs = momentMs > 0 ? Math.min(usualMs, momentMs) : usualMs;
    dueAt = Date.now() + delayMs;
    timer = setTimeout(ask, delayMs);
  }

  async function ask() {
    const isUnseen = document.hidden && !document.querySelector("[data-live][data-title]");
    if (isUnseen || isAsking || !live.dataset.everyS) return; // shown again, it asks at once
    clearTimeout(timer);
    isAsking = true;
    let text = "";
    try {
      text = await load();
      failures = 0;
    } catch {
      failures += 1;
    }
    isAsking = false;
    lost.hidden = failures === 0;
    if (text) show(new DOMParser().parseFromString(text, "text/html"));
    waitForNext();
  }

  // The parts, or nothing when they are as they were.
  async function load() {
    const patience = new AbortController();
    const limit = setTimeout(() => patience.abort(), 1000 * ANSWERED_WITHIN_S);
    try {
      const headers = { "X-Page-Version": live.dataset.version };
      if (hasReturned) headers["X-Page-Returned"] = "1";
      const answer = await fetch(live.dataset.url, { headers, cache: "no-store", signal: patience.signal });
      if (answer.status >= 500) throw new Error(`status ${answer.status}`);
      hasReturned = false;
      return await answer.text();
    } finally {
      clearTimeout(limit);
    }
  }

  function show(page) {
    const now = page.getElementById("live");
    // It is another page by now: there is more to show, or less, or nobody is signed in.
    if (!now || now.dataset.page !== live.dataset.page) {
      location.reload();
      return;
    }
    const before = shownText();
    const focused = document.activeElement;
    for (const part of document.querySelectorAll("[data-live]")) {
      const wanted = page.querySelector(`[data-live="${part.dataset.live}"]`);
      if (wanted) morph(part, wanted);
    }
    // What had the focus may be gone: it stays in the part, not at the top of the page.
    const place = focused.isConnected ? focused : document.querySelector("[data-live] [data-takes-focus]");
    if (place && place !== document.activeElement) place.focus({ preventScroll: true });
    const titled = document.querySelector("[data-live][data-title]");
    if (titled) document.title = titled.dataset.title;
    copyAttributes(live, now);
    noteMoment();
    document.dispatchEvent(new Event("livechange"));
    tell(before, shownText());
  }

  function shownText() {
    const textOf = (selector) => [...document.querySelectorAll(selector)].map(newsIn).join();
    return { all: textOf("[data-live]"), spoken: textOf("[data-live] [aria-live], [data-live][aria-live]") };
  }

  // What changes all the time, such as a percent, is no news.
  function newsIn(part) {
    if (!part.querySelector("[data-quiet]")) return part.textContent;
    const copy = part.cloneNode(true);
    for (const each of copy.querySelectorAll("[data-quiet]")) each.remove();
    return copy.textContent;
  }

  // What is in a live region is read out by itself; of all else it is said that it has changed.
  function tell(before, after) {
    const isNews = before.all !== after.all && before.spoken === after.spoken;
    changed.textContent = isNews ? changed.dataset.changed : "";
  }

  // Make a part what it is to be, and leave alone whatever is so already: the focus, the scroll place, and what
  // people typed, chose or opened.
  function morph(have, wanted) {
    if (have.isEqualNode(wanted)) return;
    if (have.nodeType !== Node.ELEMENT_NODE) {
      have.data = wanted.data;
    } else if (!have.matches("input:not([type=hidden]), select, textarea")) {
      copyAttributes(have, wanted);
      if (have.matches("[data-keeps-order]") && isInUse(have)) keepOrder(have, wanted);
      morphChildren(have, wanted);
    }
  }

  // While somebody reads or types in a list, its entries stay where they are: only new ones come, at its end, and
  // one in which something was typed does not go.
  function isInUse(list) {
    return list.contains(document.activeElement) || list.querySelector("details[open]") !== null;
  }

  function keepOrder(have, wanted) {
    const places = new Map([...have.children].map((child, place) => [kindOf(child), place]));
    const placeOf = (child) => places.get(kindOf(child)) ?? places.size;
    const stays = new Set([...wanted.children].map(kindOf));
    const typedIn = [...have.children].filter((child) => !stays.has(kindOf(child)) && isTypedIn(child));
    const entries = [...wanted.children, ...typedIn.map((child) => child.cloneNode(true))];
    wanted.append(...entries.sort((one, other) => placeOf(one) - placeOf(other)));
  }

  function isTypedIn(entry) {
    const fields = [...entry.querySelectorAll("input:not([type=hidden]), textarea")];
    return fields.some((field) => field.value !== field.defaultValue);
  }

  function morphChildren(have, wanted) {
    const kinds = new Set([...wanted.childNodes].map(kindOf));
    for (const child of [...have.childNodes]) if (!kinds.has(kindOf(child))) child.remove();
    let place = have.firstChild;
    for (const next of [...wanted.childNodes]) {
      let found = place;
      while (found && kindOf(found) !== kindOf(next)) found = found.nextSibling;
      if (found && found === place) place = place.nextSibling;
      else have.insertBefore(found ?? next, place);
      if (found) morph(found, next);
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  }

  // Nodes of one kind stand for the same thing, before and after.
  function kindOf(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName;
    const { id, dataset } = node;
    return [node.nodeName, id || dataset.key || node.getAttribute("href") || node.getAttribute("action")].join();
  }

  function copyAttributes(have, wanted) {
    // These are changed by people, and by other scripts.
    const isTheirs = ({ name }) => name === "open" || name === "hidden";
    for (const each of [...have.attributes]) {
      if (!isTheirs(each) && !wanted.hasAttribute(each.name)) have.removeAttribute(each.name);
    }
    for (const each of wanted.attributes) {
      if (!isTheirs(each) && have.getAttribute(each.name) !== each.value) have.setAttribute(each.name, each.value);
    }
  }
}
