"""The Coverage page's styles: two compact lines, then map and panel fill the window."""

from __future__ import annotations

import json

import streamlit as st

from layers.words.catalogue import Words

__all__ = ["coverage_style"]

# The panel scrolls by itself. Heights are the window's less what stands above and below.
_STYLE = """
.st-key-mapside, .st-key-panel { flex: none; min-height: 30rem;
  height: calc(100vh - 13rem + var(--qh-saved, 0rem)); }
.st-key-mapside { gap: .35rem; }
/* The map takes what the legend leaves, however many lines that has. */
.st-key-mapside > .stElementContainer:has(iframe) { flex: 1 1 18rem; min-height: 18rem;
  position: relative; }
iframe[title="streamlit_folium.st_folium"] { position: absolute; inset: 0; height: 100%;
  border: 1px solid #d9d7cf; border-radius: 4px; display: block; }
.st-key-panel { overflow-y: auto; padding-right: .4rem; gap: .5rem; }
/* Beside the table below the map, the panel stays in sight. */
[data-testid="stLayoutWrapper"]:has(> .st-key-panel) { position: sticky; top: 4rem; }
@media (max-width: 1200px) {
  .st-key-search, .st-key-searchbox { width: 11rem !important; }
}
.st-key-controls, .st-key-crumbline { row-gap: .15rem; column-gap: .7rem; }
.st-key-controls [data-testid="stWidgetLabel"] { min-height: 0; margin-bottom: .1rem; }
.st-key-controls [data-testid="stWidgetLabel"] p { font-size: .76rem; line-height: 1.2;
  color: #474d55; }
.st-key-controls .react-aria-ComboBox [role="group"],
.st-key-crumbline .react-aria-ComboBox [role="group"], .st-key-crumbline [data-baseweb="input"] {
  min-height: 2.1rem; height: 2.1rem; font-size: .86rem; }
.st-key-controls .react-aria-ComboBox input, .st-key-crumbline .react-aria-ComboBox input,
.st-key-crumbline input { font-size: .86rem; padding-top: 0; padding-bottom: 0; }
.st-key-controls [role="radiogroup"] button, .st-key-crumbline button { min-height: 2.1rem;
  height: 2.1rem; padding: 0 .6rem; }
.st-key-controls [role="radiogroup"] button p, .st-key-crumbline button p { font-size: .86rem; }
.st-key-crumbs { flex: 1 1 auto; row-gap: 0; }
.st-key-crumbs .stButton button { padding: 0 .15rem; }
.st-key-unithead, [class*="st-key-trial-"], .st-key-trialbar { flex-wrap: nowrap; }
[class*="st-key-trial-"] .stButton p { white-space: nowrap; }
.st-key-unithead button { min-height: 1.9rem; height: 1.9rem; padding: 0 .65rem; }
.qh-rank { font-size: .8rem; color: #474d55; white-space: nowrap; }
.st-key-crumbs button:disabled, .st-key-crumbs button:disabled p { color: #1d2126; opacity: 1;
  font-weight: 600; }
.st-key-crumbs > [data-testid="stElementContainer"]:not(:first-child):has(.stButton)::before {
  content: "›"; color: #6a6f76; margin: 0 .25rem 0 .1rem; }
.st-key-crumbs > [data-testid="stElementContainer"]:has(.stButton) { display: flex;
  flex-direction: row; align-items: center; }
[data-testid="stLayoutWrapper"]:has(> .st-key-clickbox),
[data-testid="stLayoutWrapper"]:has(> .st-key-drawingbox) { position: relative; height: 0;
  flex: none; margin-bottom: -.35rem; }
.st-key-clickbox { position: absolute; z-index: 5; left: .6rem; width: max-content;
  bottom: 1rem; background: #ffffff; border-radius: .5rem;
  box-shadow: 0 1px 4px rgba(0, 0, 0, .25); }
.st-key-clickbox .stButtonGroup { display: flex; flex-direction: row; align-items: center; }
.st-key-clickbox [data-testid="stWidgetLabel"] { margin: 0; min-height: 0;
  padding: 0 .45rem 0 .6rem; }
.st-key-clickbox [data-testid="stWidgetLabel"] p { font-size: .8rem; color: #474d55;
  white-space: nowrap; }
.st-key-clickbox button { min-height: 2.1rem; height: 2.1rem; padding: 0 .6rem; }
.st-key-clickbox button p { font-size: .84rem; }
.st-key-drawingbox { position: absolute; z-index: 5; left: .6rem; width: max-content;
  bottom: 3.7rem; pointer-events: none; }
.qh-drawing { background: #ffffff; border: 1px solid #c9c7bf; border-radius: .3rem; color: #222;
  font-size: .8rem; line-height: 1.4; padding: .3rem .6rem; }
.st-key-trialbar { background: #e9f3ee; border-left: 4px solid #00623b; padding: .2rem .5rem; }
.st-key-panel .stButton button { min-height: 2rem; height: 2rem; padding: 0 .6rem; }
.st-key-panel .stButton button p { font-size: .84rem; }
.qh-legend img.qh-symbol { flex: none; width: 13px; height: 13px; }
.st-key-searchbox { position: relative; }
.st-key-searchbox, .st-key-searchbox .stVerticalBlock { gap: 0; }
.st-key-searchbox [data-testid="stTextInputRootElement"] { min-height: 2.1rem; height: 2.1rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-found) { height: 0; min-height: 0; }
.st-key-found { position: absolute; z-index: 30; top: 2.3rem; right: 0; width: 25rem;
  min-width: 25rem; max-width: none; gap: 0;
  background: #ffffff; border: 1px solid #cfcdc5; border-radius: .4rem; padding: .25rem;
  box-shadow: 0 3px 10px rgba(0, 0, 0, .2); }
.st-key-found button { justify-content: flex-start; text-align: left; min-height: 1.9rem;
  height: auto; padding: .15rem .4rem; }
.st-key-found button > div { justify-content: flex-start; width: 100%; }
.st-key-found button p { font-size: .86rem; text-align: left; }
.qh-multiples { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; }
.qh-multiples figure { margin: 0; min-width: 0; }
.qh-multiples figcaption { font-size: .8rem; line-height: 1.4; margin-bottom: .2rem; }
.qh-multiples img { display: block; width: 100%; height: auto; border: 1px solid #d9d7cf;
  border-radius: 4px; background: #f2f1ec; }
.qh-multiples-legend { display: flex; flex-wrap: wrap; gap: .1rem .7rem; font-size: .76rem;
  margin-top: .4rem; color: #2d3238; }
.qh-multiples-legend span { display: inline-flex; align-items: center; gap: .25rem; }
.qh-multiples-legend i { width: 15px; height: 11px; border: 1px solid #b9b7af; flex: none; }
.qh-lead { font-size: .92rem; line-height: 1.55; margin: 0 0 .45rem; color: #1d2126; }
.qh-what { font-size: .8rem; margin: .1rem 0 .3rem; }
.qh-what summary { cursor: pointer; color: #1f5f8b; width: max-content; }
.qh-what p { margin: .2rem 0 .3rem; line-height: 1.55; color: #474d55; font-size: .82rem; }
.qh-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
img.qh-curve { display: block; width: 100%; max-width: 460px; height: auto; }
table.qh-table th { overflow-wrap: normal; }
table.qh-table th.n { text-align: right; }
table.qh-table small { display: block; color: #474d55; font-weight: 400; }
.qh-legend { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .78rem;
  line-height: 1.55; color: #2d3238; }
.qh-legend div { display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: center; }
.qh-legend b { font-weight: 600; }
.qh-legend span { display: inline-flex; align-items: center; gap: .25rem; }
.qh-legend i { flex: none; width: 15px; height: 11px; box-sizing: border-box;
  border: 1px solid #b9b7af; }
.qh-legend i.line { height: 0; border: 0; border-top: 3px solid; }
.qh-legend i.dot, .qh-legend i.ring { width: 10px; height: 10px; border-radius: 50%; }
.qh-legend i.ring { background: #fff; border: 2px solid; }
.qh-legend i.square { width: 10px; height: 10px; border: 1px solid #fff;
  box-shadow: 0 0 0 1px #555; }
"""

# Within another page there is no navigation above.
_EMBEDDED = """
:root { --qh-saved: 3.5rem; }
.stMainBlockContainer { padding-top: .6rem; }
"""

# The list of limits offers a typed number in English; the words give way to ours.
_TYPED = """
[role="option"][data-key="__creatable__"] > div { font-size: 0; }
[role="option"][data-key="__creatable__"] > div::after { content: %s; font-size: .86rem; }
"""


def coverage_style(words: Words) -> str:
    """The styles, for this language and for a page on its own or within another."""
    typed = json.dumps(words("coverage.limit_typed"), ensure_ascii=False)
    embedded = _EMBEDDED if st.context.is_embedded else ""
    return f"<style>{_STYLE}{embedded}{_TYPED % typed}</style>"
