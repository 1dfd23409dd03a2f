// A button that sends a file to the kernel piece by piece: a notebook's server drops messages of more than about ten megabytes.
const PIECE = 2 ** 21;

function render({ model, el }) {
  const input = Object.assign(document.createElement("input"), { type: "file", accept: model.get("accept"), hidden: true });
  const button = Object.assign(document.createElement("button"), { className: "jupyter-button spx-upload", title: model.get("hint") });
  const rest = () => { button.textContent = model.get("label"); };
  let file = null;
  const send = async (at) => {
    const sent = file;
    try {
      const piece = await sent.slice(at, at + PIECE).arrayBuffer();
      if (file === sent) model.send({ name: sent.name, size: sent.size, at }, undefined, [piece]);
    } catch (error) { // it was changed or deleted meanwhile
      model.send({ name: sent.name, failed: String(error) });
      file = null;
      rest();
    }
  };
  const receive = (content) => {
    if (file === null || content.name !== file.name) return;
    if (content.at >= file.size) { file = null; rest(); return; }
    button.textContent = `Uploading ${Math.floor((100 * content.at) / file.size)} %`;
    send(content.at);
  };
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    file = input.files[0] ?? null;
    input.value = ""; // so that the same file can be chosen again
    if (file) send(0);
  });
  model.on("msg:custom", receive);
  el.append(button, input);
  rest();
  return () => model.off("msg:custom", receive);
}

export default { render };
