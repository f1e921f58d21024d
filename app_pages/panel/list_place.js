// Remembers how far the table of the page was scrolled, and scrolls there when it is shown again.
export default function (component) {
  const { data } = component;
  const key = "quarterhour.scrolled " + data.table;
  const stored = () => {
    try { return Number(window.sessionStorage.getItem(key)) || 0; } catch { return 0; }
  };
  const store = (event) => {
    try { window.sessionStorage.setItem(key, String(event.target.scrollTop)); } catch { /* off */ }
  };
  let scroller = null;
  let left = 40;
  const attach = () => {
    const found = document.querySelector('[data-testid="stDataFrame"] .dvn-scroller');
    if (!found) {
      left -= 1;
      if (left > 0) { window.setTimeout(attach, 100); }
      return;
    }
    scroller = found;
    scroller.scrollTop = stored();
    scroller.addEventListener("scroll", store);
  };
  attach();
  return () => {
    left = 0;
    if (scroller) { scroller.removeEventListener("scroll", store); }
  };
}
