// Tells Python of Escape, pressed anywhere in this app, or where no other app has the focus; and of Enter in the instruction (with
// Ctrl or ⌘ where there is room for several lines), with the words that stand there: ipywidgets' own message overtakes the last
// letters when the kernel is busy. And it names the handles of sliders, to which ipywidgets ties no label.
const WATCHED = ".spx-app", LINE = ".spx-instr input", LINES = ".spx-instructions textarea";

const asks = (event) =>
  event.key === "Enter" && !event.isComposing && (event.target.matches(LINE) || (event.target.matches(LINES) && (event.ctrlKey || event.metaKey)));

const named = (app) => {
  for (const handle of app?.querySelectorAll(".widget-slider [role=slider]") ?? []) {
    const slider = handle.closest(".widget-slider"), name = slider.querySelector(".widget-label")?.textContent || slider.title;
    if (name && handle.getAttribute("aria-label") !== name) handle.setAttribute("aria-label", name);
  }
};

function render({ model, el }) {
  el.style.display = "none";
  const hear = (event) => {
    const app = el.closest(WATCHED), focused = document.activeElement?.closest(WATCHED);
    if (asks(event) && app && focused === app) model.send({ key: event.key, text: event.target.value });
    if (event.key === "Escape" && app && (!focused || focused === app)) model.send({ key: event.key });
  };
  // Early, as the notebook takes Escape for itself. Run, being disabled while it runs, leaves the focus to the page.
  document.addEventListener("keydown", hear, true);
  // Sliders come when their panel is opened, and their words may change.
  const watch = new MutationObserver(() => named(el.closest(WATCHED)));
  watch.observe(document.body, { childList: true, characterData: true, subtree: true });
  return () => {
    document.removeEventListener("keydown", hear, true);
    watch.disconnect();
  };
}

export default { render };
