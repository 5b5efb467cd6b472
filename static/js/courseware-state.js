"use strict";
// Look again at what the cloud works on, as long as it does; only what has changed is put in again.
const watched = document.querySelector("[data-look-url]");
if (watched) {
  const { lookUrl, lookSeconds } = watched.dataset;
  const timer = setInterval(lookAgain, 1000 * Number(lookSeconds));
  let isLooking = false;
  let version = "";

  async function lookAgain() {
    if (document.hidden || isLooking) return;
    isLooking = true;
    try {
      const answer = await fetch(lookUrl, { headers: { "X-Page-Version": version } });
      // 204: it is as it was.
      if (answer.status !== 204 && answer.status < 500) {
        show(new DOMParser().parseFromString(await answer.text(), "text/html"));
        version = answer.headers.get("X-Page-Version") ?? "";
      }
    } catch {
      // Not reachable just now: the next look may be.
    }
    isLooking = false;
  }

  function show(page) {
    for (const part of document.querySelectorAll("[data-part]")) {
      const now = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (now && now.innerHTML !== part.innerHTML) replace(part, now);
    }
    if (page.querySelector("[data-look-url]")) return;
    clearInterval(timer);
    watched.removeAttribute("data-look-url");
  }

  // Keep the focus on the same link.
  function replace(part, now) {
    const active = document.activeElement;
    const address = active.getAttribute("href");
    const same = () => [...part.querySelectorAll("a")].filter((link) => link.getAttribute("href") === address);
    const nth = same().indexOf(active);
    part.innerHTML = now.innerHTML;
    same()[nth]?.focus();
  }
}
