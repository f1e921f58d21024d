// Lets a field that was typed into reach the server before a link leaves the page. On a change of
// page Streamlit's client sends no values of the page that is left, and the server keeps only the
// newer of two requests that arrive together.
export default function () {
  const LINKS =
    'a[data-testid="stTopNavLink"], a[data-testid="stSidebarNavLink"], ' +
    'a[data-testid="stPageLink-NavLink"]';
  const RECENT_MS = 1000, BEGUN_MS = 300, LONGEST_MS = 5000;
  const app = document.querySelector("[data-test-script-state]");
  const fields = new WeakMap();
  let left = -Infinity;
  let passing = false;
  const isField = (target) => target instanceof Element && target.matches("input, textarea");
  const entered = ({ target }) => { if (isField(target)) { fields.set(target, target.value); } };
  const gone = ({ target }) => {
    if (isField(target) && fields.has(target) && fields.get(target) !== target.value) {
      left = performance.now();
    }
  };
  const clicked = (event) => {
    const link = event.target instanceof Element && event.target.closest(LINKS);
    const plain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!link || !plain || passing || performance.now() - left > RECENT_MS) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    left = -Infinity;
    const begin = performance.now();
    const timer = window.setInterval(() => {
      const taken = performance.now() - begin;
      const busy = app && app.getAttribute("data-test-script-state") !== "notRunning";
      if (taken < BEGUN_MS || (busy && taken < LONGEST_MS)) { return; }
      window.clearInterval(timer);
      passing = true;
      link.click();
      passing = false;
    }, 50);
  };
  document.addEventListener("focusin", entered, true);
  document.addEventListener("focusout", gone, true);
  document.addEventListener("click", clicked, true);
  return () => {
    document.removeEventListener("focusin", entered, true);
    document.removeEventListener("focusout", gone, true);
    document.removeEventListener("click", clicked, true);
  };
}
