// Shows a line while the server does not answer, and hides Streamlit's English box about it.
export default function (component) {
  const { data } = component;
  const app = document.querySelector('[data-test-connection-state], .stApp');
  const connected = () => {
    const state = app && app.getAttribute("data-test-connection-state");
    return !state || state === "CONNECTED" || state === "STATIC_CONNECTED";
  };
  const former = document.getElementById("qh-connection");
  if (former) { former.remove(); }
  const line = document.createElement("div");
  line.id = "qh-connection";
  line.className = "qh-connection";
  line.setAttribute("role", "alert");
  line.hidden = true;
  document.body.appendChild(line);
  const hideBox = () => {
    document.querySelectorAll('[role="dialog"] [slot="title"]').forEach((title) => {
      if (title.textContent.trim() !== data.title) { return; }
      // The box with its backdrop is a child of the body; its close button gives the page back.
      const close = title.closest('[role="dialog"]').querySelector("button");
      if (close) { close.click(); }
      line.textContent = data.lost;
      line.hidden = false;
    });
  };
  let timer = 0;
  const update = () => {
    hideBox();
    if (connected()) {
      window.clearTimeout(timer);
      timer = 0;
      line.hidden = true;
    } else if (!timer) {
      // A short break, as on a page change or a weak line, is not worth a word.
      timer = window.setTimeout(() => {
        if (connected()) { return; }
        line.textContent = data.lost;
        line.hidden = false;
      }, 1500);
    }
  };
  const observer = new MutationObserver(update);
  observer.observe(document.body, {
    childList: true, subtree: true, attributes: true,
    attributeFilter: ["data-test-connection-state"],
  });
  update();
  return () => {
    observer.disconnect();
    window.clearTimeout(timer);
    line.remove();
  };
}
