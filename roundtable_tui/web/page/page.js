// Where the app is to be found is where this page came from.
const terminal = document.getElementById("terminal");
terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";

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
