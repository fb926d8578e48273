/** Menus close when one clicks elsewhere or presses Escape; the filter folds on a small screen. */

const NARROW = window.matchMedia("(max-width: 980px)");
const menus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/** @param {HTMLDetailsElement} filter folded where it would fill a phone, unless it is in use */
function fold(filter) {
  filter.open = !NARROW.matches || filter.hasAttribute("data-in-use");
}

for (const filter of document.querySelectorAll("details[data-fold]")) {
  fold(filter);
  NARROW.addEventListener("change", () => fold(filter));
}
