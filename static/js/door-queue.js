"use strict";
// Press the button when it is this person's turn; pressing it earlier keeps the place.
const goingIn = document.querySelector("[data-goes-in-after]");
if (goingIn) {
  // The page came by POST: "back" and "reload" would ask whether to send that again.
  history.replaceState(null, "", goingIn.dataset.lesson);
  document.getElementById("goes-in-by-itself").hidden = false;
  const turn = setTimeout(() => goingIn.submit(), 1000 * Number(goingIn.dataset.goesInAfter));
  goingIn.addEventListener("submit", () => clearTimeout(turn));
}
