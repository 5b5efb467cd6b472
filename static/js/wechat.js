"use strict";
// WeChat's own browser often has no camera: show the way out of it.
if (navigator.userAgent.includes("MicroMessenger")) {
  document.getElementById("in-wechat").hidden = false;
}
