/* On every page: show what needs a script, switch the theme without loading the page again, close open panels. */

for (const element of document.querySelectorAll(".needs-script")) element.removeAttribute("hidden");
for (const element of document.querySelectorAll(".without-script")) element.setAttribute("hidden", "");

const YEAR_SECONDS = 365 * 24 * 3600;

document.querySelector("form.theme")?.addEventListener("submit", (event) => {
  const button = /** @type {SubmitEvent} */ (event).submitter;
  if (!(button instanceof HTMLButtonElement)) return;
  event.preventDefault();
  document.documentElement.dataset.theme = button.value;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `langsupport_theme=${button.value}; path=/; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
  const other = button.parentElement?.querySelector(button.value === "dark" ? ".to-light" : ".to-dark");
  if (other instanceof HTMLElement) other.focus();
});

/** @returns {HTMLDetailsElement[]} */
function openPanels() {
  return [...document.querySelectorAll("details.confirm[open]")].filter((found) => found instanceof HTMLDetailsElement);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const panel of openPanels()) {
    panel.open = false;
    panel.querySelector("summary")?.focus();
  }
});

document.addEventListener("click", (event) => {
  for (const panel of openPanels()) {
    if (event.target instanceof Node && !panel.contains(event.target)) panel.open = false;
  }
});
