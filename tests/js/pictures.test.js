// Pictures to save: their text, their size, their caption.
import assert from "node:assert/strict";
import { test } from "node:test";
import { captionOf } from "../../static/js/model/caption.js";
import { palette } from "../../static/js/model/colours.js";
import { composed, drawingBox, PICTURE, wrapped } from "../../static/js/model/export_picture.js";
import { applyEvent, fromSnapshot, readyRun } from "../../static/js/model/run.js";
import { recorded } from "./fixtures.js";

const measure = (/** @type {string} */ text, /** @type {number} */ size) => 0.5 * size * text.length;
const around = {
  title: "A <b> & c",
  about: "one sentence",
  legend: [{ name: "Plain", colour: "#0072B2", dash: "6px,3px", shape: "polygon(0 0, 100% 0, 50% 100%)" }],
  ramp: { low: "0.1", high: "3", label: "‖∂L/∂W‖", stops: ["#000000", "#ffffff"] },
  caption: ["word ".repeat(80), "short"],
  colours: palette(true),
};

test("a picture holds its drawing between head and caption, at 1× and at 2×", () => {
  const box = drawingBox(around, measure);
  assert.ok(box.y > 60 && box.height > 250 && box.y + box.height < PICTURE.height - 30);
  for (const scale of [1, 2]) {
    const svg = composed('<?xml?><svg class="inner"><image href="x"/></svg>', around, scale, measure);
    assert.ok(svg.startsWith(`<svg xmlns="http://www.w3.org/2000/svg"`));
    assert.match(svg, new RegExp(`width="${scale * 960}" height="${scale * 540}" viewBox="0 0 960 540"`));
    assert.match(svg, new RegExp(`<svg x="${box.x}" y="${box.y}" class="inner">`));
    assert.match(svg, /<image image-rendering="pixelated" href="x"\/>/);
    assert.match(svg, />A &lt;b&gt; &amp; c<\/text>/);
    assert.match(svg, /fill="#1d2226"/);
    assert.match(svg, /stroke-dasharray="6,3"/);
    assert.match(svg, /<linearGradient id="ramp">/);
    assert.match(svg, />short<\/text>/);
  }
});

test("words are set in lines that have room, and none is lost", () => {
  const words = Array.from({ length: 90 }, (_, index) => `word${index}`).join(" ");
  const lines = wrapped(words, 12, measure);
  assert.ok(lines.length > 2 && lines.every((line) => measure(line, 12) <= PICTURE.width - 48));
  assert.equal(lines.join(" "), words);
  assert.deepEqual(wrapped("", 12, measure), []);
});

test("a caption names settings, seeds, machine and day", () => {
  const recording = captionOf(fromSnapshot(recorded()), "2030-01-02").join(" ");
  for (const words of [
    "Plain",
    "median and range of 3 seeds (0 to 2)",
    "learning rate 0.05",
    "recorded 2026-",
    "Linux",
  ])
    assert.ok(recording.includes(words), recording);
  const run = { ...applyEvent(readyRun(recorded().experiment), recorded()), recorded: false, id: "abc" };
  assert.match(captionOf(run, "2030-01-02").join(" "), /saved 2030-01-02, step 320, run abc\.$/);
  const rates = { ...run, experiment: { ...run.experiment, seeds: 1, learning_rates: [0.1, 0.2] } };
  assert.match(captionOf(rates, "2030-01-02").join(" "), /best of learning rates 0\.1, 0\.2.*; seed 0\./);
});
