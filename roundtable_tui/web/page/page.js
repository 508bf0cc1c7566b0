// The server is found below the path of this page: only there the browser sends the cookie.
const base = location.origin + location.pathname.replace(/\/*$/, "/");
const terminal = document.getElementById("terminal");
terminal.dataset.sessionWebsocketUrl = base.replace(/^http/, "ws") + "ws";

const openWindow = window.open.bind(window);
window.open = (url, ...rest) =>
  openWindow(String(url).replace(`${location.origin}/download/`, `${base}download/`), ...rest);

const size = parseInt(new URLSearchParams(location.search).get("fontsize"), 10);
if (size >= 6 && size <= 60) {
  terminal.dataset.fontSize = size;
}

document.querySelector(".closed button").addEventListener("click", () => location.reload());

// Keys go to the app from the start, without a click.
new MutationObserver((_, observer) => {
  if (document.body.classList.contains("-first-byte")) {
    observer.disconnect();
    document.querySelector(".xterm-helper-textarea")?.focus();
  }
}).observe(document.body, { attributeFilter: ["class"] });
