// Shows one step of the tour at a time and outlines the part of the page that it describes.
export default function (component) {
  const { data, parentElement } = component;
  const find = (name) => parentElement.querySelector(name);
  const box = find("section"), again = find("button.again");
  const storageKey = "quarterhour.tour";
  let step = 0;
  let outlined = null;
  const seen = () => {
    try { return window.localStorage.getItem(storageKey) === "seen"; } catch { return true; }
  };
  const removeOutline = () => {
    if (outlined) {
      outlined.style.outline = "";
      outlined.style.outlineOffset = "";
      outlined = null;
    }
  };
  const close = () => {
    removeOutline();
    box.hidden = true;
    again.hidden = false;
    try { window.localStorage.setItem(storageKey, "seen"); } catch { /* storage is switched off */ }
  };
  const show = () => {
    removeOutline();
    const now = data.steps[step];
    find("b").textContent = now.title;
    find("p").textContent = now.text;
    find("span").textContent = (step + 1) + " / " + data.steps.length;
    find("button.next").textContent = step + 1 < data.steps.length ? data.next : data.done;
    find("button.go").hidden = now.at !== data.link;
    box.hidden = false;
    again.hidden = true;
    outlined = document.querySelector(now.at);
    if (outlined) {
      // The scrolling panel would cut an outline outside of its parts.
      outlined.style.outline = "3px solid #d55e00";
      outlined.style.outlineOffset = outlined.closest(".st-key-panel") ? "-3px" : "4px";
    }
  };
  again.textContent = data.again;
  find("button.skip").textContent = data.skip;
  find("button.skip").onclick = close;
  find("button.go").textContent = data.go;
  find("button.go").onclick = () => {
    close();
    const link = document.querySelector(data.link);
    if (link) { link.click(); } else { window.location.assign("start" + window.location.search); }
  };
  find("button.next").onclick = () => {
    step += 1;
    if (step < data.steps.length) { show(); } else { close(); }
  };
  again.onclick = () => { step = 0; show(); };
  if (data.first && !seen()) { show(); } else { box.hidden = true; again.hidden = false; }
  return removeOutline;
}
