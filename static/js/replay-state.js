"use strict";
// Look again at what is waited for, without a jump of the page; the page comes again when it is there.
const waiting = document.querySelector("[data-looks-again]");
if (waiting) {
  const lookAgain = async () => {
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-looks-again]");
      if (answer.ok && !now) {
        location.reload();
      } else if (now && now.innerHTML !== waiting.innerHTML) {
        waiting.innerHTML = now.innerHTML;
      }
    } catch {
      // Not reachable just now: the next look may be.
    }
  };
  setInterval(lookAgain, 1000 * Number(waiting.dataset.looksAgain));
}
