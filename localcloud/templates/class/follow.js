// Shows the page anew when the class begins or ends, a message comes, a recording begins or ends, or its visit is
// over: from a class that is over it leads on.
// Each look is a heartbeat; a page that is closed or reloaded by hand says so.
const EVERY_MS = 2000;
const { shown, statusUrl, pageUrl, closedUrl } = document.currentScript.dataset;
let stays = false;

// Loaded by hand, this address is a new visit.
const address = new URL(location.href);
address.searchParams.delete("visit");
history.replaceState(null, "", address);

async function look() {
  try {
    const answer = await fetch(statusUrl);
    if ((await answer.text()) !== shown) {
      stays = true;
      location.replace(pageUrl);
      return;
    }
  } catch {
    // The cloud does not answer just now.
  }
  setTimeout(look, EVERY_MS);
}

look();

document.addEventListener("submit", () => {
  stays = true;
});
document.querySelector("[data-stays]").addEventListener("click", () => {
  stays = true;
});
addEventListener("pagehide", () => {
  if (!stays) {
    const fields = new URL(pageUrl, location.href).searchParams;
    navigator.sendBeacon(closedUrl, fields);
  }
});
