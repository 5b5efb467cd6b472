"use strict";
// Look again at what is waited for, without a jump of the page; the page comes again when it is there.
const waiting = document.querySelector("[data-looks-again]");
if (waiting) {
  let version = "";
  const lookAgain = async () => {
    try {
      const answer = await fetch(location.href, { headers: { "X-Page-Version": version } });
      if (answer.status === 204) return; // it is as it was
      version = answer.headers.get("X-Page-Version") ?? "";
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
