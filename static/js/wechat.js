"use strict";
// WeChat's own browser often has no camera: show the way out of it.
const wayOut = document.getElementById("in-wechat");
if (wayOut && navigator.userAgent.includes("MicroMessenger")) {
  wayOut.hidden = false;
  const address = wayOut.querySelector("input");
  address?.addEventListener("focus", () => address.select());
}
