"""What Streamlit's own widgets say, in the user's language.

Their words are English and cannot be set: names that only a screen reader tells, and a few that
are seen (“Select all”). They give way in the browser, as they appear; so does the language that
the page declares, by which a screen reader chooses its voice. What no one needs to hear, the names
of icons, is hidden from it.
"""

from __future__ import annotations

import streamlit as st

from layers.words.catalogue import Words

__all__ = ["speak_widgets"]

# Streamlit's words as of 1.67 → the key of ours. A word that it changes stays English, no worse.
_WORDS = {
    "Skip to main content": "widget.skip",
    "App pages": "widget.pages",
    "Open": "widget.open",
    "Dismiss": "widget.dismiss",
    "Choose an option": "widget.choose",
    "Choose or add an option": "widget.choose",
    "Choose options": "widget.choose",
    "Select all": "widget.select_all",
    "Clear all": "widget.clear_all",
    "Clear value": "widget.clear_all",
    "Selected values": "widget.selected",
    "No results": "widget.no_results",
    "file upload": "data.choose",
    "Add files": "data.choose",
    "Decrement": "widget.less",
    "Increment": "widget.more",
    "Copy to clipboard": "widget.copy",
    "Upload": "data.choose",
}
_JS = """
export default function (component) {
  const { data } = component;
  document.documentElement.lang = data.lang;
  const named = ["aria-label", "placeholder", "title"];
  const ours = (text) => {
    const plain = text.trim();
    if (Object.hasOwn(data.words, plain)) { return data.words[plain]; }
    const gone = plain.startsWith("Remove ") ? plain.slice(7) : "";
    if (gone) { return data.remove.split("{name}").join(gone); }
    const count = /^([0-9]+) options? available\\.$/.exec(plain);
    return count ? data.options.split("{count}").join(count[1]) : null;
  };
  const name = (element) => {
    for (const attribute of named) {
      const text = element.getAttribute(attribute);
      const said = text && element.matches("button, input, a, nav, span") && ours(text);
      if (said && said !== text) { element.setAttribute(attribute, said); }
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
  const words = (root) => {
    root.querySelectorAll("[aria-label], [placeholder], [title], iframe, button, " +
      '[data-testid="stIconMaterial"]').forEach(name);
    root.querySelectorAll('[data-testid="stSkipToContent"], ' +
      '[data-testid="stMultiSelectDropdown"] *, div[aria-live], [data-live-announcer] *')
      .forEach((element) => {
        const said = element.childElementCount === 0 && ours(element.textContent);
        if (said && said !== element.textContent) { element.textContent = said; }
      });
  };
  let waits = false;
  const look = () => {
    if (waits) { return; }
    waits = true;
    window.setTimeout(() => { waits = false; words(document.body); }, 60);
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: named,
  });
  words(document.body);
  return () => watch.disconnect();
}
"""
_component = st.components.v2.component("quarterhour_spoken", html="<span></span>", js=_JS)


def speak_widgets(words: Words) -> None:
    """Let the widgets of this page speak `words`."""
    data = {
        "lang": words.locale,
        "words": {theirs: words(key) for theirs, key in _WORDS.items()},
        "remove": words("widget.remove", name="{name}"),
        "options": words("widget.options", count="{count}"),
        "map": words("widget.map"),
        "signs": {"‹": words("panel.previous"), "›": words("panel.next")},
    }
    with st.container(key="spoken"):
        _component(key=f"spoken-{words.locale}", data=data)
