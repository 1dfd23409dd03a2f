// Tells Python of Escape, pressed anywhere in this app, or where no other app has the focus.
const WATCHED = ".spx-app";

function render({ model, el }) {
  el.style.display = "none";
  const hear = (event) => {
    const app = el.closest(WATCHED), focused = document.activeElement?.closest(WATCHED);
    if (event.key === "Escape" && app && (!focused || focused === app)) model.send({ key: event.key });
  };
  // Early, as the notebook takes Escape for itself. Run, being disabled while it runs, leaves the focus to the page.
  document.addEventListener("keydown", hear, true);
  return () => document.removeEventListener("keydown", hear, true);
}

export default { render };
