// A table of which several rows can be chosen. Texts are set as text, never parsed as HTML.
const make = (tag, text = "", name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });

function head(columns) {
  const row = make("tr");
  row.append(make("th"), ...columns.map((column) => Object.assign(make("th", column), { scope: "col" })), make("th"));
  const part = make("thead");
  part.append(row);
  return part;
}

function render({ model, el }) {
  const send = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  };
  const toggle = (number) => {
    const chosen = model.get("chosen");
    send({ chosen: chosen.includes(number) ? chosen.filter((one) => one !== number) : [...chosen, number].sort((a, b) => a - b) });
  };
  const line = (cells, number) => {
    const row = make("tr"), tick = Object.assign(make("input"), { type: "checkbox" }), box = make("td"), last = make("td");
    row.tabIndex = 0;
    tick.setAttribute("aria-label", `Choose ${cells[0]}`);
    tick.tabIndex = -1; // the row itself answers to the space bar
    tick.addEventListener("click", (event) => { event.stopPropagation(); toggle(number); });
    box.append(tick);
    last.append(Object.assign(make("img", "", "spx-thumb"), { alt: "", hidden: true }));
    row.append(box, ...cells.map((text) => make("td", text)), last);
    row.addEventListener("click", () => send({ chosen: [number] }));
    for (const name of ["mouseenter", "focus"]) row.addEventListener(name, () => send({ pointed: number }));
    for (const name of ["mouseleave", "blur"]) row.addEventListener(name, () => send({ pointed: -1 }));
    row.addEventListener("keydown", (event) => {
      const beside = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
      if (event.key === "Enter") send({ chosen: [number] });
      else if (event.key === " ") toggle(number);
      else if (beside) beside.focus();
      else return;
      event.preventDefault();
      event.stopPropagation(); // the notebook has plans of its own for these keys
    });
    return row;
  };
  const lines = () => el.querySelectorAll("tbody tr");
  const mark = () =>
    lines().forEach((row, number) => {
      const chosen = model.get("chosen").includes(number);
      row.setAttribute("aria-selected", chosen);
      row.querySelector("input").checked = chosen;
    });
  const paint = () =>
    lines().forEach((row, number) => {
      const picture = row.querySelector("img"), url = model.get("pictures")[number];
      picture.hidden = !url;
      if (url) picture.src = url;
    });
  const draw = () => {
    const table = make("table", "", "spx-rows spx-choices"), body = make("tbody");
    table.setAttribute("aria-label", model.get("label"));
    body.append(...model.get("rows").map(line));
    table.append(head(model.get("columns")), body);
    el.replaceChildren(...(model.get("rows").length ? [table] : []));
    mark();
    paint();
  };
  model.on("change:rows", draw);
  model.on("change:chosen", mark);
  model.on("change:pictures", paint);
  draw();
}

export default { render };
