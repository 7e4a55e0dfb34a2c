import assert from "node:assert/strict";
import { test } from "node:test";

import { outline, queryOf, scaled, screenOptions } from "../../../src/langsupport/web/static/js/watch-screen-options.js";
import { cookieOf, settingsIn, usualSettings } from "../../../src/langsupport/web/static/js/watch-settings.js";

const chosen = { track: "fr", second: "" };

test("an overlay looks as its address says", () => {
  const options = screenOptions("?color=ffee00&size=40&lines=1&outline=5&clear=0&position=top&align=start", "overlay", chosen);
  assert.deepEqual(options, {
    track: "fr", second: "", lines: 1, size: "40px", place: "top", align: "start", color: "#ffee00", background: "transparent", outline_px: 5, clear_s: 0, code: true,
  });
});

test("what can't be understood is as usual", () => {
  const usual = screenOptions("", "projector", chosen);
  const odd = "?color=red;x:y&size=calc(1px)&lines=many&position=left&background=url(x)&outline=&clear=-";
  assert.deepEqual(screenOptions(odd, "projector", chosen), usual);
  assert.equal(screenOptions("?lines=99", "projector", chosen).lines, 8);
  assert.equal(screenOptions("?color=rebeccapurple", "overlay", chosen).color, "rebeccapurple");
});

test("what is set with keys goes into the address, beside what is there", () => {
  const options = { ...screenOptions("", "projector", { track: "ar", second: "en" }), size: "9vh" };
  assert.equal(queryOf("?access=t%2F1&second=ru", options), "?access=t%2F1&second=en&track=ar&lines=3&size=9vh&position=bottom");
  assert.equal(queryOf("?access=t", { ...options, code: false }), "?access=t&track=ar&second=en&lines=3&size=9vh&position=bottom&code=0");
  assert.equal(screenOptions("?code=0", "projector", chosen).code, false);
  assert.equal(scaled("7vh", 1.1), "7.7vh");
  assert.equal(scaled("54px", 1 / 1.1), "49.1px");
});

test("an outline is a ring of shadows", () => {
  assert.equal(outline(0), "none");
  assert.equal(outline(3).split(", ").length, 16);
});

test("settings are kept in a cookie and found again", () => {
  const settings = { ...usualSettings(), track: "ar", second: "en", size: 5, look: "contrast", font: "noto", spaced: true, aloud: false };
  assert.deepEqual(settingsIn(`other=1; ${cookieOf(settings)}`), settings);
});

test("a cookie that is not ours gives the usual settings", () => {
  assert.deepEqual(settingsIn("langsupport_watch=size=99&look=pink&font=x"), usualSettings());
  assert.deepEqual(settingsIn(""), usualSettings());
});
