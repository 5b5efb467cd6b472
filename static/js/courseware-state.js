"use strict";
// Look again at what the cloud works on, as long as it does; only states change, nothing jumps.
const watched = document.querySelector("[data-look-url]");
if (watched) {
  const { lookUrl, lookSeconds, lookEnd } = watched.dataset;
  const timer = setInterval(lookAgain, 1000 * Number(lookSeconds));

  async function lookAgain() {
    if (document.hidden) return;
    try {
      const answer = await fetch(lookUrl);
      if (answer.status >= 500) return;
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // Not reachable just now: the next look may be.
    }
  }

  function show(page) {
    for (const state of document.querySelectorAll("[data-state-of]")) {
      const now = page.querySelector(`[data-state-of="${state.dataset.stateOf}"]`);
      if (now && now.innerHTML !== state.innerHTML) state.innerHTML = now.innerHTML;
    }
    if (page.querySelector("[data-look-url]")) return;
    clearInterval(timer);
    if (lookEnd === "reload") location.reload();
  }
}
