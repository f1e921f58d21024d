"""A short tour of the Coverage page for who opens the sample for the first time.

It runs in the browser alone: no rerun, nothing sent. The browser remembers that it was seen; a
small button brings it back.
"""

from __future__ import annotations

import streamlit as st

from layers.words.catalogue import Words

__all__ = ["show_tour"]

# What each step points at: the classes of the page's own containers.
_STEPS = (
    ("shares", ".st-key-panel .qh-pair"),
    ("map", ".st-key-mapside"),
    ("click", ".st-key-clickbox"),
    ("limit", ".st-key-controls"),
    ("gaps", ".st-key-crumbline"),
)
_HTML = """
<button type="button" class="again"></button>
<section hidden aria-live="polite">
  <b></b><p></p>
  <div><span></span><button type="button" class="skip"></button>
  <button type="button" class="next"></button></div>
</section>
"""
_CSS = """
section { border: 1px solid #1f5f8b; border-left-width: 4px; border-radius: 6px; color: #1d2126;
  padding: .55rem .7rem; font-size: .86rem; line-height: 1.5; background: #f3f7fa; }
section[hidden], button[hidden] { display: none; }
p { margin: .2rem 0 .45rem; }
div { display: flex; gap: .5rem; align-items: center; }
span { flex: 1; color: #474d55; font-size: .8rem; }
button { font: inherit; font-size: .82rem; border-radius: .4rem; padding: .15rem .6rem;
  border: 1px solid #cfcdc5; background: #ffffff; color: #1d2126; cursor: pointer; }
button.next { background: #1f5f8b; border-color: #1f5f8b; color: #ffffff; }
button.again { border: 0; background: none; color: #1f5f8b; padding: 0;
  text-decoration: underline; }
button:focus-visible { outline: 2px solid #1f5f8b; outline-offset: 1px; }
"""
_JS = """
export default function (component) {
  const { data, parentElement } = component;
  const find = (name) => parentElement.querySelector(name);
  const box = find("section"), again = find("button.again");
  const kept = "quarterhour.tour";
  let step = 0;
  let marked = null;
  const seen = () => {
    try { return window.localStorage.getItem(kept) === "seen"; } catch { return true; }
  };
  const unmark = () => {
    if (marked) { marked.style.outline = ""; marked.style.outlineOffset = ""; marked = null; }
  };
  const close = () => {
    unmark();
    box.hidden = true;
    again.hidden = false;
    try { window.localStorage.setItem(kept, "seen"); } catch { /* a browser that keeps nothing */ }
  };
  const show = () => {
    unmark();
    const now = data.steps[step];
    find("b").textContent = now.title;
    find("p").textContent = now.text;
    find("span").textContent = (step + 1) + " / " + data.steps.length;
    find("button.next").textContent = step + 1 < data.steps.length ? data.next : data.done;
    box.hidden = false;
    again.hidden = true;
    marked = document.querySelector(now.at);
    if (marked) {
      // Inwards where the panel scrolls, which would cut it; else clear of the words.
      marked.style.outline = "3px solid #d55e00";
      const inwards = marked.closest(".st-key-panel");
      marked.style.outlineOffset = inwards ? "-3px" : "4px";
    }
  };
  again.textContent = data.again;
  find("button.skip").textContent = data.skip;
  find("button.skip").onclick = close;
  find("button.next").onclick = () => {
    step += 1;
    if (step < data.steps.length) { show(); } else { close(); }
  };
  again.onclick = () => { step = 0; show(); };
  if (data.first && !seen()) { show(); } else { box.hidden = true; again.hidden = false; }
  return unmark;
}
"""
_component = st.components.v2.component("quarterhour_tour", html=_HTML, css=_CSS, js=_JS)


def show_tour(words: Words, *, first: bool) -> None:
    """The tour, open by itself where `first` and this browser has not seen it.

    Parameters
    ----------
    first : bool
        The study is the sample.
    """
    data = {
        "first": first,
        "steps": [
            {"title": words(f"tour.{name}"), "text": words(f"tour.{name}_text"), "at": at}
            for name, at in _STEPS
        ],
        "next": words("tour.next"),
        "skip": words("tour.skip"),
        "done": words("tour.done"),
        "again": words("tour.again"),
    }
    _component(key=f"tour-{words.locale}", data=data)
