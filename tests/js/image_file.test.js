// Image files: what they are, how large, still or not, whole or not, told from their bytes before anything is decoded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, MOST_BYTES, MOST_PIXELS } from "../../static/js/model/image_file.js";
import { FORMATS } from "../../static/js/model/image_headers.js";

const text = (/** @type {string} */ words) => [...words].map((sign) => sign.charCodeAt(0));
const big = (/** @type {number} */ value, bytes = 4) =>
  Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** (bytes - 1 - at)) % 256);
const little = (/** @type {number} */ value, bytes = 4) => big(value, bytes).reverse();

/** @typedef {{width?: number, height?: number, frames?: number}} Made */

const chunk = (/** @type {string} */ type, /** @type {number[]} */ body) => [
  ...big(body.length),
  ...text(type),
  ...body,
  ...big(0),
];
/** @param {Made} made */
const png = ({ width = 20, height = 10, frames = 0 } = {}) => [
  ...text("\x89PNG\r\n\x1a\n"),
  ...chunk("IHDR", [...big(width), ...big(height), 8, 0, 0, 0, 0]),
  ...(frames ? chunk("acTL", [...big(frames), ...big(0)]) : []),
  ...chunk("IDAT", [1, 2, 3]),
  ...chunk("IEND", []),
];
/** With a small picture of itself in its first segment, as cameras write it. @param {Made} made */
const jpeg = ({ width = 20, height = 10 } = {}, thumbnail = [0xff, 0xd8, 0xff, 0xd9]) => [
  ...[0xff, 0xd8, 0xff, 0xe1, ...big(2 + thumbnail.length, 2), ...thumbnail],
  ...[0xff, 0xff, 0xc2, ...big(11, 2), 8, ...big(height, 2), ...big(width, 2), 1, 0, 0, 0],
  ...[0xff, 0xda, ...big(3, 2), 0, 1, 2, 3, 0xff, 0xd9],
];
/** @param {Made & {frame?: number}} made frame: side of the pictures in it */
const gif = ({ width = 20, height = 10, frames = 1, frame = 1 } = {}) => [
  ...[...text("GIF89a"), ...little(width, 2), ...little(height, 2), 0x80, 0, 0, ...Array(6).fill(0)],
  ...[0x21, 0xf9, 4, 0, 0, 0, 0, 0],
  ...Array.from({ length: frames }, () => [
    ...[0x2c, ...little(0, 2), ...little(0, 2), ...little(frame, 2), ...little(frame, 2), 0],
    ...[2, 2, 0x4c, 0x01, 0],
  ]).flat(),
  0x3b,
];
const riff = (/** @type {number[]} */ body) => [...text("RIFF"), ...little(4 + body.length), ...text("WEBP"), ...body];
const part = (/** @type {string} */ type, /** @type {number[]} */ body) => [
  ...text(type),
  ...little(body.length),
  ...body,
  ...(body.length % 2 ? [0] : []),
];
/** @param {Made} made */
const webp = ({ width = 20, height = 10 } = {}) =>
  riff(part("VP8 ", [0, 0, 0, ...text("\x9d\x01\x2a"), ...little(width, 2), ...little(height, 2), 7]));
/** @param {Made} made */
const lossless = ({ width = 20, height = 10 } = {}) =>
  riff(part("VP8L", [0x2f, ...little((width - 1) | ((height - 1) << 14))]));
/** @param {Made} made */
const moving = ({ width = 20, height = 10, frames = 2 } = {}) =>
  riff([
    ...part("VP8X", [2, 0, 0, 0, ...little(width - 1, 3), ...little(height - 1, 3)]),
    ...part("ANIM", [0, 0, 0, 0, 0, 0]),
    ...Array.from({ length: frames }, () => part("ANMF", Array(16).fill(0))).flat(),
  ]);
/** @param {Made} made */
const bmp = ({ width = 20, height = 10 } = {}, rows = Math.abs(height) * Math.ceil(width / 4) * 4) => [
  ...[...text("BM"), ...little(0), ...little(0), ...little(54)],
  ...[...little(40), ...little(width), ...little(2 ** 32 + height), ...little(1, 2), ...little(8, 2)],
  ...Array(24).fill(0),
  ...Array(rows).fill(0),
];
const box = (/** @type {string} */ type, /** @type {number[]} */ body) => [
  ...big(8 + body.length),
  ...text(type),
  ...body,
];
/** @param {Made & {brand?: string}} made */
const avif = ({ width = 20, height = 10, brand = "avif" } = {}) => [
  ...box("ftyp", [...text(brand), ...big(0), ...text("mif1avif")]),
  ...box("meta", [...big(0), ...box("iprp", box("ipco", box("ispe", [...big(0), ...big(width), ...big(height)])))]),
  ...box("mdat", [1, 2, 3]),
];

const MADE = { PNG: png, JPEG: jpeg, WebP: webp, GIF: gif, BMP: bmp, AVIF: avif };

/**
 * @param {number[]} bytes
 * @param {Partial<import("../../static/js/model/image_file.js").Named>} [file]
 */
const checked = (bytes, { name = "photo", type = "", size = bytes.length } = {}) =>
  check(Uint8Array.from(bytes).buffer, { name, type, size });
const entries = /** @type {[keyof typeof MADE, (made?: Made) => number[]][]} */ (Object.entries(MADE));

test("a whole image of every format is told with its size", () => {
  for (const [format, make] of entries) {
    const [ending] = FORMATS[format].endings;
    const file = { name: `Photo.of.mine.${ending.toUpperCase()}`, type: FORMATS[format].types[0] };
    assert.deepEqual(checked(make(), file), { format, width: 20, height: 10 });
    assert.deepEqual(checked(make({ width: 300, height: 299 }), file), { format, width: 300, height: 299 });
  }
  assert.deepEqual(Object.keys(FORMATS).sort(), Object.keys(MADE).sort());
  assert.deepEqual(checked(lossless({ width: 16384, height: 3 })), { format: "WebP", width: 16384, height: 3 });
  assert.deepEqual(checked(bmp({ height: -10 })), { format: "BMP", width: 20, height: 10 });
});

test("whatever is cut off is told, wherever it is cut", () => {
  for (const [format, make] of entries) {
    const whole = make();
    for (let length = 1; length < whole.length; length += 1) {
      const told = checked(whole.slice(0, length));
      assert.equal(typeof told, "string", `${format}, ${length} of ${whole.length} bytes`);
      if (length >= 24) assert.match(String(told), new RegExp(`photo ends too early: a part of this ${format} file`));
    }
  }
  // the end of the small picture in a photograph is not the end of the photograph
  assert.match(String(checked(jpeg().slice(0, -2))), /ends too early: a part of this JPEG/);
});

test("no bytes, however damaged, are an error of the page", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48271) % 0x7fffffff;
    return seed;
  };
  for (const make of [...Object.values(MADE), lossless, moving])
    for (let round = 0; round < 400; round += 1) {
      const bytes = make();
      for (let changes = random() % 4; changes >= 0; changes -= 1) bytes[random() % bytes.length] = random() % 256;
      const found = checked(bytes);
      if (typeof found === "string") assert.match(found, /^photo .*\.$/);
      else assert.ok(found.width > 0 && found.height > 0 && found.width * found.height <= MOST_PIXELS);
    }
});

test("what is no image is refused with the formats that can be read", () => {
  const words = "is not a PNG, JPEG, WebP, GIF, BMP or AVIF image, and only these can be read.";
  for (const begin of [
    "%PDF-1.7\n",
    "BMW is a maker of cars, and this is a text about it",
    "GIF",
    "\x89PNG",
    "RIFF",
    "ftyp",
  ])
    assert.equal(checked(text(begin), { name: "notes.pdf" }), `notes.pdf ${words}`);
  assert.equal(checked(box("ftyp", text("heic\0\0\0\0mif1heic")), { name: "a.heic" }), `a.heic ${words}`);
  assert.equal(checked([], { name: "a.png" }), "a.png is empty.");
});

test("a file with the name of another format is refused, and one without a name for it is not", () => {
  assert.equal(
    checked(jpeg(), { name: "photo.png", type: "image/png" }),
    "photo.png is called .png, but holds JPEG: give it the ending .jpg.",
  );
  assert.match(String(checked(png(), { name: "a.JPEG" })), /^a\.JPEG is called \.jpeg, but holds PNG: .* \.png\.$/);
  assert.match(
    String(checked(png(), { name: "notes.pdf", type: "application/pdf" })),
    /is called application\/pdf, but holds PNG/,
  );
  for (const file of [
    { name: "a.jfif", type: "image/jpeg" },
    { name: "jpg" },
    { name: "a.v2", type: "application/octet-stream" },
  ])
    assert.deepEqual(checked(jpeg(), file), { format: "JPEG", width: 20, height: 10 });
});

test("a small file that declares a huge image is refused with both numbers, though nothing more is there", () => {
  const told = "photo has 50 000 × 50 000 pixels, 2 500 million; at most 40 million are decoded.";
  const size = { width: 50000, height: 50000 };
  for (const make of [png, jpeg, avif]) assert.equal(checked(make(size)), told);
  assert.equal(checked(png(size).slice(0, 33)), told);
  assert.equal(checked(bmp(size, 10)), told);
  assert.match(String(checked(webp({ width: 16383, height: 16383 }))), /16 383 × 16 383 pixels, 269 million/);
  assert.match(String(checked(moving({ width: 2 ** 24, height: 2 ** 24 }))), /16 777 216 × 16 777 216 pixels/);
  // on a small canvas, too
  assert.match(String(checked(gif({ frame: 65535 }))), /65 535 × 65 535 pixels/);
  assert.equal(typeof checked(png({ width: 8000, height: 5000 })), "object");
  assert.match(String(checked(png({ width: 8000, height: 5001 }))), /at most 40 million/);
});

test("too many bytes are refused before any is read", () => {
  const huge = { name: "film.png", type: "image/png", size: 50e9 };
  assert.equal(check(new ArrayBuffer(0), huge), "film.png has 50 000 MB; at most 20 MB are read.");
  assert.match(String(check(new ArrayBuffer(0), { ...huge, size: MOST_BYTES + 1 })), /has 21 MB; at most 20 MB/);
});

test("animated images are refused, and those of one frame are not", () => {
  for (const bytes of [gif({ frames: 2 }), png({ frames: 2 }), moving(), avif({ brand: "avis" })])
    assert.equal(checked(bytes), "photo is animated, and a network looks at one picture: save the one that you mean.");
  for (const bytes of [gif(), png({ frames: 1 }), moving({ frames: 1 })]) assert.equal(typeof checked(bytes), "object");
});

test("damaged headers, and images without pixels, are told", () => {
  const damaged = (/** @type {number[]} */ bytes, /** @type {number} */ at, /** @type {number} */ value) =>
    String(checked(bytes.with(at, value)));
  assert.match(damaged(png(), 11, 14), /^photo begins as PNG files do, but is damaged\.$/);
  assert.match(damaged(jpeg(), 10, 0), /begins as JPEG files do/);
  assert.match(damaged(webp(), 23, 0), /begins as WebP files do/);
  assert.match(damaged(gif(), 19, 0x40), /begins as GIF files do/);
  assert.match(damaged(bmp(), 21, 0xff), /begins as BMP files do/);
  assert.match(String(checked(gif({ frames: 0 }))), /begins as GIF files do/);
  assert.equal(checked(png({ width: 0 })), "photo has no pixels: its header says 0 × 10.");
  assert.match(String(checked(jpeg({ height: 0 }))), /has no pixels/);
});
