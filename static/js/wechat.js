"use strict";
// WeChat's own browser often has no camera: show the way out of it, also where a live page brings it in.
if (navigator.userAgent.includes("MicroMessenger")) {
  showWayOut();
  document.addEventListener("livechange", showWayOut);
}

function showWayOut() {
  const wayOut = document.getElementById("in-wechat");
  if (!wayOut) return;
  wayOut.hidden = false;
  const address = wayOut.querySelector("input");
  address?.addEventListener("focus", () => address.select());
}
