"use strict";
// WeChat's own browser downloads nothing and often has no camera: show the way out of it, also where a live page
// brings it in.
if (navigator.userAgent.includes("MicroMessenger")) {
  showWayOut();
  document.addEventListener("livechange", showWayOut);
}

function showWayOut() {
  const wayOut = document.getElementById("in-wechat");
  if (wayOut) wayOut.hidden = false;
}
