// Writes the view into the browser's address, and copies the address at a click on the button.
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
  button.hidden = !data.copy;
  if (!data.copy) { return; }
  button.textContent = data.copy;
  button.setAttribute("aria-live", "polite");
  field.setAttribute("aria-label", data.copy);
  // An address of this machine is no use to a colleague: say so, where that is what was copied.
  const hint = parentElement.querySelector("p");
  const isLocal = /^(localhost|127\.|\[?::1)/.test(window.location.hostname);
  hint.onclick = () => { hint.hidden = true; };
  const confirm = () => {
    button.textContent = data.copied;
    window.setTimeout(() => { button.textContent = data.copy; }, 2500);
    if (isLocal) {
      hint.textContent = data.local;
      hint.hidden = false;
      window.setTimeout(() => { hint.hidden = true; }, 15000);
    }
  };
  // Browsers refuse `navigator.clipboard` to pages opened by plain http, as in many offices, so
  // `document.execCommand` is tried. If it is refused too, the field with the address stays.
  const copyFromField = (link) => {
    field.value = link;
    field.hidden = false;
    field.select();
    if (document.execCommand("copy")) { field.hidden = true; confirm(); }
  };
  button.onclick = () => {
    const link = window.location.origin + window.location.pathname + "?" +
      new URLSearchParams(data.query).toString();
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(link).then(confirm, () => copyFromField(link));
    } else {
      copyFromField(link);
    }
  };
}
