// A button that saves a file of the kernel's machine on the person's own: the kernel sends it when it is asked for.
function save(name, bytes) {
  const address = URL.createObjectURL(new Blob([bytes]));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the browser reads on after the click
}

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-button spx-download";
  // The kernel answers every view of this widget, in other tabs, too; only the one that was clicked saves.
  const view = crypto.randomUUID?.() ?? String(Math.random());
  button.addEventListener("click", () => model.send({ wanted: true, view }));
  const show = () => {
    const name = model.get("name");
    button.textContent = name ? `Download ${name}` : "Download";
    button.disabled = !name;
  };
  const receive = (content, buffers) => { if (content.view === view) save(content.name, buffers[0]); };
  model.on("change:name", show);
  model.on("msg:custom", receive);
  el.append(button);
  show();
  return () => {
    model.off("change:name", show);
    model.off("msg:custom", receive);
  };
}

export default { render };
