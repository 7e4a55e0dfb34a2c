/* The number of unread notices beside their link, asked for now and then while the page is looked at. */

const ASK_MS = 60_000;
const place = document.querySelector("#unread");

async function ask() {
  if (!place || document.hidden) return;
  try {
    const answer = await fetch("/api/v1/notices/unread", { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const { unread } = await answer.json();
    place.textContent = unread ? new Intl.NumberFormat(document.documentElement.lang).format(unread) : "";
    place.toggleAttribute("hidden", !unread);
  } catch {
    // without a connection the number stays as it is
  }
}

if (place) {
  ask();
  setInterval(ask, ASK_MS);
  document.addEventListener("visibilitychange", ask);
}
