"use strict";
// Say it in words when the file does not play; browsers show a grey picture and nothing else.
const player = document.getElementById("player");
const told = document.querySelector("[data-player-fails]");
player.addEventListener("error", () => {
  told.textContent = player.dataset.fails;
  told.hidden = false;
});
