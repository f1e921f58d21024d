// Gives a plain click on a link of the guide to the session, and goes to an anchor of the chapter.
export default function (component) {
  const { setTriggerValue, data } = component;
  const show = (anchor) => {
    const found = anchor && document.getElementById(anchor);
    if (found) { found.scrollIntoView({ block: "start" }); }
    return Boolean(found);
  };
  const follow = (event) => {
    const link = event.target instanceof Element && event.target.closest("a.qh-chapter");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!link || !plain) { return; }
    event.preventDefault();
    const href = link.getAttribute("href");
    if (href.startsWith("#")) {
      show(decodeURIComponent(href.slice(1)));
    } else {
      setTriggerValue("go", href);
    }
  };
  document.addEventListener("click", follow);
  // The chapter may be drawn after this script; each order to go somewhere is followed once.
  let timer = 0;
  const last = window.sessionStorage.getItem("qh-chapter");
  if (data.order !== last) {
    let tries = 0;
    const go = () => {
      const drawn = document.querySelector(`[data-chapter="${data.chapter}"]`);
      tries += 1;
      if (!drawn && tries < 100) { timer = window.setTimeout(go, 50); return; }
      window.sessionStorage.setItem("qh-chapter", data.order);
      if (!show(data.anchor)) {
        const main = document.querySelector('[data-testid="stMain"]');
        if (main) { main.scrollTop = 0; }
      }
    };
    go();
  }
  return () => {
    document.removeEventListener("click", follow);
    window.clearTimeout(timer);
  };
}
