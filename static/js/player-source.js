"use strict";
// Where the player's picture comes from: a file, or a playlist, which not every browser plays by itself.
// `playerSource.use(file)` shows another file; the others of these scripts know nothing of playlists.
// Length and a picture of the first one are loaded ahead, by an address that counts no view; when somebody
// plays, the platform is asked by the one that does.
const playerSource = (() => {
  const video = document.getElementById("player");
  // Of a playlist that nobody plays yet, its first piece is enough.
  const AHEAD_S = 1;
  let list = null;
  // The address of the file that is loaded ahead, for counting.
  let ahead = null;

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
    const most = ahead ? { maxMaxBufferLength: AHEAD_S } : {};
    const hls = new Hls({ enableWorker: false, xhrSetup: signLikeList, ...most });
    hls.attachMedia(video);
    const load = () => hls.loadSource(new URL(address, location.href).href);
    const begin = ahead ? () => (hls.config.maxMaxBufferLength = Hls.DefaultConfig.maxMaxBufferLength) : load;
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
    if (ahead) load();
  }

  // Its first byte stands for all of it.
  const count = () =>
    fetch(ahead, { redirect: "manual", headers: { Range: "bytes=0-0" } }).catch(() => {});

  function release() {
    video.removeEventListener("play", count);
    ahead = null;
    if (!list) return;
    list.stop();
    list.hls.destroy();
    list = null;
  }

  function load(address, isPlaylist) {
    if (isPlaylist && !playsListsItself()) {
      video.removeAttribute("src");
      playByScript(address);
    } else {
      video.src = address;
    }
  }

  function use(address, isPlaylist) {
    release();
    video.preload = "none";
    load(address, isPlaylist);
  }

  // Without scripts the element asks for the file itself when somebody plays, as its page says.
  ahead = video.getAttribute("src");
  video.addEventListener("play", count, { once: true });
  load(`${ahead}&metadata=1`, "playlist" in video.dataset);
  // Not before, or the counted address is asked for.
  video.preload = "metadata";
  return { use, isAhead: () => ahead !== null };
})();
