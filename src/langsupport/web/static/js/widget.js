/* Live captions inside any page:

   <script src="https://HOST/live/widget.js" data-session="ID" data-access="TOKEN" data-track="fr" async></script>

   Also: data-second (a second language), data-lang (of the controls), data-look (light, dark, contrast), data-height (any CSS
   length), data-target (a selector; else it stands where the script is), data-title (what screen readers call the frame).
   A classic script, since only such a one knows which element brought it. */

(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) return;
  const { session, access, track, second, lang, look, height, target, title } = script.dataset;
  if (!session) {
    console.error("langsupport: the script's data-session must name the session.");
    return;
  }
  const titles = /** @type {Record<string, string>} */ ({
    ar: "التعليق المباشر",
    zh: "实时字幕",
    en: "Live captions",
    fr: "Sous-titres en direct",
    ru: "Субтитры в прямом эфире",
    es: "Subtítulos en directo",
  });
  const language = (lang || document.documentElement.lang || "en").slice(0, 2);
  const address = new URL(`/live/${encodeURIComponent(session)}/embed`, script.src);
  const asked = { track, second, lang, look, access };
  for (const [name, value] of Object.entries(asked)) if (value) address.searchParams.set(name, value);

  const frame = document.createElement("iframe");
  frame.src = address.href;
  frame.title = title || titles[language] || "Live captions";
  frame.allow = "screen-wake-lock; fullscreen";
  frame.referrerPolicy = "no-referrer"; // the address may hold a token
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-popups");
  Object.assign(frame.style, { display: "block", inlineSize: "100%", blockSize: "100%", border: "0" });

  const holder = document.createElement("div");
  holder.className = "langsupport-captions";
  Object.assign(holder.style, {
    boxSizing: "border-box",
    inlineSize: "100%",
    maxInlineSize: "100%",
    minInlineSize: "15rem",
    blockSize: height || "22rem",
    minBlockSize: "10rem",
    paddingBlockEnd: "0.75rem", // where the handle for resizing is: the frame would cover it
    overflow: "hidden",
    resize: "both",
    border: "1px solid rgb(127 127 127 / 50%)",
    borderRadius: "0.5rem",
  });
  holder.append(frame);

  const put = () => {
    const place = target ? document.querySelector(target) : null;
    if (place) place.append(holder);
    else if (script.closest("head")) document.body.append(holder);
    else script.after(holder);
  };
  const early = document.readyState === "loading" && (target || script.closest("head")); // its place isn't there yet
  if (early) document.addEventListener("DOMContentLoaded", put);
  else put();
})();
