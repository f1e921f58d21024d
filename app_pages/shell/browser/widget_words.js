// Replaces Streamlit's own English texts, as they appear, by those in `data.words`.
export default function (component) {
  const { data } = component;
  document.documentElement.lang = data.lang;
  const attributes = ["aria-label", "placeholder", "title"];
  const translate = (text) => {
    const plain = text.trim();
    if (Object.hasOwn(data.words, plain)) { return data.words[plain]; }
    const removed = plain.startsWith("Remove ") ? plain.slice(7) : "";
    if (removed) { return data.remove.split("{name}").join(removed); }
    const count = /^([0-9]+) options? available\.$/.exec(plain);
    return count ? data.options.split("{count}").join(count[1]) : null;
  };
  const translateAttributes = (element) => {
    for (const attribute of attributes) {
      const text = element.getAttribute(attribute);
      const own = text && element.matches("button, input, a, nav, span") && translate(text);
      if (own && own !== text) { element.setAttribute(attribute, own); }
    }
    if (element.tagName === "BUTTON" && Object.hasOwn(data.signs, element.innerText.trim())) {
      element.setAttribute("aria-label", data.signs[element.innerText.trim()]);
    }
    if (element.dataset.testid === "stIconMaterial") {
      element.setAttribute("aria-hidden", "true");
    }
    if (element.tagName === "IFRAME" && !element.getAttribute("aria-label")) {
      element.setAttribute("aria-label", data.map);
    }
  };
  const translateAll = (root) => {
    root.querySelectorAll("[aria-label], [placeholder], [title], iframe, button, " +
      '[data-testid="stIconMaterial"]').forEach(translateAttributes);
    root.querySelectorAll('[data-testid="stSkipToContent"], ' +
      '[data-testid="stMultiSelectDropdown"] *, div[aria-live], [data-live-announcer] *')
      .forEach((element) => {
        const own = element.childElementCount === 0 && translate(element.textContent);
        if (own && own !== element.textContent) { element.textContent = own; }
      });
  };
  let pending = false;
  const schedule = () => {
    if (pending) { return; }
    pending = true;
    window.setTimeout(() => { pending = false; translateAll(document.body); }, 60);
  };
  const observer = new MutationObserver(schedule);
  observer.observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: attributes,
  });
  translateAll(document.body);
  return () => observer.disconnect();
}
