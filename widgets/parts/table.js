// A table whose rows can be picked by mouse or keyboard. Texts are set as text, never parsed as HTML.
const make = (tag, text = "", name = "") => Object.assign(document.createElement(tag), { textContent: text, className: name });

function head(columns) {
  const row = make("tr");
  for (const column of columns) row.append(Object.assign(make("th", column), { scope: "col" }));
  const part = make("thead");
  part.append(row);
  return part;
}

function line(cells, colour, pick) {
  const row = make("tr");
  row.tabIndex = 0;
  for (const text of cells) {
    const cell = make("td"), words = make("div", text, "spx-cell");
    words.title = text; // a long instruction is cut after a few lines
    cell.append(words);
    row.append(cell);
  }
  if (colour) {
    const swatch = make("span", "", "spx-swatch");
    swatch.style.background = colour;
    row.firstChild.firstChild.prepend(swatch);
  }
  row.addEventListener("click", pick);
  row.addEventListener("keydown", (event) => {
    const beside = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (event.key === "Enter" || event.key === " ") pick();
    else if (beside) beside.focus();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has plans of its own for these keys
  });
  return row;
}

function render({ model, el }) {
  const select = () =>
    el.querySelectorAll("tbody tr").forEach((row, number) => row.setAttribute("aria-selected", number === model.get("selected")));
  const draw = () => {
    const rows = model.get("rows"), body = make("tbody"), table = make("table", "", "spx-rows");
    rows.forEach((cells, number) => body.append(line(cells, model.get("colours")[number], () => model.send({ pick: number }))));
    table.append(head(model.get("columns")), body);
    table.setAttribute("aria-label", model.get("label"));
    el.replaceChildren(rows.length ? table : make("div", model.get("empty"), "spx-empty"));
    select();
  };
  model.on("change:rows", draw);
  model.on("change:selected", select);
  draw();
}

export default { render };
