"""The view in the browser's address, and a button that copies it.

The address is replaced, not pushed: the browser's "back" leaves the page, as planners expect, and
every click would be a step otherwise. Streamlit reads the address once, when a session begins.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from layers.words.catalogue import Words

__all__ = ["show_address"]

_HTML = '<button type="button"></button><input type="text" readonly hidden>'
_CSS = """
:host { display: block; }
button { font: inherit; font-size: .84rem; color: #1d2126; background: #ffffff; height: 2.1rem;
  border: 1px solid #cfcdc5; border-radius: .5rem; padding: 0 .7rem; cursor: pointer;
  white-space: nowrap; }
button:hover { border-color: #1f5f8b; color: #1f5f8b; }
button:focus-visible { outline: 2px solid #1f5f8b; outline-offset: 1px; }
input { font: inherit; font-size: .8rem; width: 16rem; margin-left: .4rem; }
"""
# `document.execCommand` serves offices that open the app by plain http, where browsers hold the
# clipboard's newer door shut; where both are refused, the address stands there to be copied.
_JS = """
export default function (component) {
  const { data, parentElement } = component;
  const button = parentElement.querySelector("button");
  const field = parentElement.querySelector("input");
  const shown = new URLSearchParams(window.location.search);
  const query = new URLSearchParams(data.query);
  for (const name of ["embed", "embed_options"]) {
    for (const value of shown.getAll(name)) { query.append(name, value); }
  }
  const address = window.location.pathname + "?" + query.toString();
  if (window.location.pathname + window.location.search !== address) {
    window.history.replaceState(window.history.state, "", address);
  }
  button.textContent = data.copy;
  button.setAttribute("aria-live", "polite");
  field.setAttribute("aria-label", data.copy);
  const said = (text) => {
    button.textContent = text;
    window.setTimeout(() => { button.textContent = data.copy; }, 2500);
  };
  const byHand = (link) => {
    field.value = link;
    field.hidden = false;
    field.select();
    if (document.execCommand("copy")) { field.hidden = true; said(data.copied); }
  };
  button.onclick = () => {
    const link = window.location.origin + window.location.pathname + "?" +
      new URLSearchParams(data.query).toString();
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(link).then(() => said(data.copied), () => byHand(link));
    } else {
      byHand(link);
    }
  };
}
"""
_component = st.components.v2.component("quarterhour_address", html=_HTML, css=_CSS, js=_JS)


def show_address(query: Mapping[str, str], words: Words) -> None:
    """Write `query` into the address and show the button.

    Parameters
    ----------
    query : mapping
        Names and values as `app_pages.coverage_map.view.view_query` gives them; this session's
        study and language are among them.
    """
    data = {
        "query": dict(query),
        "copy": words("coverage.copy_link"),
        "copied": words("coverage.copied"),
    }
    _component(key="address", data=data, width="content")
