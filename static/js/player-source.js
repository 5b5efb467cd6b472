"use strict";
// Where the player's picture comes from: a file, or a playlist, which not every browser plays by itself.
// `playerSource.use(file)` shows another file; the others of these scripts know nothing of playlists.
const playerSource = (() => {
  const video = document.getElementById("player");
  let list = null;

  // Chromium says that it may play such lists, and fails at some: it is asked only where Apple's own
  // engine is, or where scripts cannot put a film together.
  function playsListsItself() {
    const says = video.canPlayType("application/vnd.apple.mpegurl") !== "";
    return says && ("ManagedMediaSource" in window || !window.Hls || !Hls.isSupported());
  }

  // Pieces are asked for with the signature of their list, when that came with one.
  function signLikeList(request, address) {
    const signed = list.led ? new URL(list.led).searchParams : null;
    const own = new URL(address);
    if (!signed?.has("sign") || own.searchParams.has("sign")) return;
    for (const name of ["t", "us", "sign"]) own.searchParams.set(name, signed.get(name));
    request.open("GET", own.href, true);
  }

  function playByScript(address) {
    const hls = new Hls({ enableWorker: false, xhrSetup: signLikeList });
    hls.attachMedia(video);
    // Nothing is asked for before somebody plays.
    const begin = () => hls.loadSource(new URL(address, location.href).href);
    video.addEventListener("play", begin, { once: true });
    hls.on(Hls.Events.MANIFEST_LOADED, (_event, data) => (list.led = data.url));
    hls.on(Hls.Events.ERROR, (_event, data) => {
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !list.hasRecovered) {
        list.hasRecovered = true;
        hls.recoverMediaError();
      } else {
        video.dispatchEvent(new Event("error"));
      }
    });
    list = { hls, led: "", stop: () => video.removeEventListener("play", begin) };
  }

  function release() {
    if (!list) return;
    list.stop();
    list.hls.destroy();
    list = null;
  }

  function use(address, isPlaylist) {
    release();
    if (isPlaylist && !playsListsItself()) {
      playByScript(address);
    } else {
      video.src = address;
    }
  }

  // Without scripts the element asks for the list itself, as its page says.
  if ("playlist" in video.dataset && !playsListsItself()) {
    const address = video.getAttribute("src");
    video.removeAttribute("src");
    playByScript(address);
  }
  return { use };
})();
