// Gives a plain click on a row's link to the session; other clicks open the link as usual.
export default function (component) {
  const { setTriggerValue } = component;
  const follow = (event) => {
    const link = event.target instanceof Element && event.target.closest("a.qh-go");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!link || !plain) { return; }
    event.preventDefault();
    setTriggerValue("go", link.getAttribute("href"));
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
