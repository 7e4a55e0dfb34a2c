/* Copying links. */

import { t } from "./strings.js";

const COPIED_MS = 1600;

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.getAttribute("data-copy") ?? "");
    const label = button.querySelector("span");
    if (!(field instanceof HTMLInputElement) || !label) return;
    field.select();
    await navigator.clipboard.writeText(field.value);
    label.textContent = t("Copied");
    window.setTimeout(() => (label.textContent = t("Copy")), COPIED_MS);
  });
}
