// Loads the page again when the class begins or ends: from one that is over it leads on.
const EVERY_MS = 2000;
const { statusUrl } = document.currentScript.dataset;
const { status: shown } = document.querySelector("main").dataset;

async function look() {
  try {
    const answer = await fetch(statusUrl);
    if ((await answer.text()) !== shown) {
      location.reload();
      return;
    }
  } catch {
    // The cloud does not answer just now.
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
