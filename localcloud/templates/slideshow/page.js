"use strict";
const sheet = document.getElementById("sheet");
const counter = document.getElementById("counter");
const back = document.getElementById("back");
const forth = document.getElementById("forth");
const total = Number(document.body.dataset.pages);
let page = 1;

function show(wanted) {
  page = Math.min(Math.max(wanted, 1), total);
  sheet.src = page + ".jpg";
  sheet.alt = "第 " + page + " 页";
  counter.textContent = page + " / " + total;
  back.disabled = page === 1;
  forth.disabled = page === total;
}

back.addEventListener("click", () => show(page - 1));
forth.addEventListener("click", () => show(page + 1));
document.addEventListener("keydown", (event) => {
  if (["ArrowRight", "ArrowDown", "PageDown"].includes(event.key)) show(page + 1);
  else if (["ArrowLeft", "ArrowUp", "PageUp"].includes(event.key)) show(page - 1);
  else return;
  event.preventDefault();
});
show(1);
