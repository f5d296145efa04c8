/**
 * What the headers of an image file declare, read without decoding anything. A reader walks through the whole file, so
 * it also finds further frames and notices that the end is missing. Pure.
 */

/**
 * @typedef {object} Declared
 * @property {number} width pixels; the largest that any header in the file declares, 0 before one was read
 * @property {number} height
 * @property {number} frames pictures that are shown one after the other; 1: a still one
 */

/** What is written cannot be so. */
export class Damaged extends Error {}

/**
 * A reader adds to what was declared as it goes on, throws ``Damaged`` at what cannot be, and a ``RangeError`` comes
 * from the view where the file ends too early.
 * @typedef {(view: DataView, found: Declared) => void} Reader
 */

/**
 * @typedef {object} Format
 * @property {string[]} endings of file names
 * @property {string[]} types as browsers and systems call it
 * @property {(view: DataView) => boolean} begins whether a file begins like one
 * @property {Reader} read
 */

/**
 * The text of some bytes; shorter where the file ends.
 * @param {DataView} view
 * @param {number} at
 * @param {number} length
 */
function text(view, at, length) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).subarray(at, at + length);
  return String.fromCharCode(...bytes);
}

/**
 * A picture of this size is declared; of several the largest counts, as a small canvas can hold a huge frame.
 * @param {Declared} found
 * @param {number} width
 * @param {number} height
 */
function declare(found, width, height) {
  found.width = Math.max(found.width, width);
  found.height = Math.max(found.height, height);
}

/**
 * The last byte of a part must be there.
 * @param {DataView} view
 * @param {number} end the byte behind it
 */
function reach(view, end) {
  view.getUint8(end - 1);
}

/** @type {Reader} W3C, Portable Network Graphics (third edition), sections 5 and 11 */
function png(view, found) {
  if (view.getUint32(8) !== 13 || text(view, 12, 4) !== "IHDR") throw new Damaged();
  declare(found, view.getUint32(16), view.getUint32(20));
  for (let at = 8, type = ""; type !== "IEND"; at += 12 + view.getUint32(at)) {
    reach(view, at + 12 + view.getUint32(at));
    type = text(view, at + 4, 4);
    if (type === "acTL") found.frames = view.getUint32(at + 8);
  }
}

/** @type {Reader} ITU-T T.81, annex B: segments up to the scan, which the marker of the end closes */
function jpeg(view, found) {
  const [START_OF_SCAN, END] = [0xda, 0xd9];
  let at = 2;
  for (let marker = 0; marker !== START_OF_SCAN; at += 2 + view.getUint16(at + 2)) {
    while (view.getUint16(at) === 0xffff) at += 1;
    marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff || view.getUint16(at + 2) < 2) throw new Damaged();
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) declare(found, view.getUint16(at + 7), view.getUint16(at + 5));
  }
  let last = view.byteLength - 2;
  while (last > at && view.getUint16(last) !== (0xff << 8) + END) last -= 1;
  if (last <= at) throw new RangeError();
}

/** @type {Reader} CompuServe, GIF89a */
function gif(view, found) {
  const colours = (/** @type {number} */ packed) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);
  const behindBlocks = (/** @type {number} */ from) => {
    let end = from;
    while (view.getUint8(end) > 0) end += 1 + view.getUint8(end);
    return end + 1;
  };
  declare(found, view.getUint16(6, true), view.getUint16(8, true));
  let [at, frames] = [13 + colours(view.getUint8(10)), 0];
  for (let sign = view.getUint8(at); sign !== 0x3b; sign = view.getUint8(at)) {
    if (sign === 0x21) at = behindBlocks(at + 2);
    else if (sign === 0x2c) {
      const [left, top, width, height] = [1, 3, 5, 7].map((by) => view.getUint16(at + by, true));
      declare(found, left + width, top + height);
      frames += 1;
      found.frames = frames;
      at = behindBlocks(at + 11 + colours(view.getUint8(at + 9)));
    } else throw new Damaged();
  }
  if (frames === 0) throw new Damaged();
}

/** @type {Reader} RFC 9649, section 2 */
function webp(view, found) {
  const size24 = (/** @type {number} */ at) => 1 + view.getUint8(at) + (view.getUint16(at + 1, true) << 8);
  let frames = 0;
  const end = 8 + view.getUint32(4, true);
  for (let at = 12; at < end; at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) & 1)) {
    const [type, body] = [text(view, at, 4), at + 8];
    reach(view, body + view.getUint32(at + 4, true));
    if (type === "VP8X") declare(found, size24(body + 4), size24(body + 7));
    if (type === "VP8 ") {
      if (text(view, body + 3, 3) !== "\x9d\x01\x2a") throw new Damaged();
      declare(found, view.getUint16(body + 6, true) & 0x3fff, view.getUint16(body + 8, true) & 0x3fff);
    }
    if (type === "VP8L") {
      if (view.getUint8(body) !== 0x2f) throw new Damaged();
      const bits = view.getUint32(body + 1, true);
      declare(found, (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    if (type === "ANMF") {
      declare(found, size24(body + 6), size24(body + 9));
      frames += 1;
      found.frames = frames;
    }
  }
  reach(view, end);
}

/** Sizes of the headers that a bitmap can have behind its first fourteen bytes. */
const BITMAP_HEADERS = [12, 40, 52, 56, 64, 108, 124];

/** @type {Reader} Microsoft, bitmap storage; rows that are not compressed must all be there */
function bmp(view, found) {
  const old = view.getUint32(14, true) === BITMAP_HEADERS[0];
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  // from the top down where it is negative
  const height = Math.abs(old ? view.getUint16(20, true) : view.getInt32(22, true));
  if (width < 0) throw new Damaged();
  declare(found, width, height);
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? 0 : view.getUint32(30, true);
  const row = 4 * Math.ceil((width * bits) / 32);
  if ([0, 3].includes(compression)) reach(view, view.getUint32(10, true) + row * height);
}

/** Boxes that hold boxes, on the way to the sizes; the first has four bytes before them. */
const NESTS = ["meta", "iprp", "ipco"];

/** @type {Reader} AOMedia, AV1 image file format; ISO/IEC 23008-12, section 6.5.3 */
function avif(view, found) {
  let hasPicture = false;
  const walk = (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let at = from; at < to; ) {
      const [size, type] = [view.getUint32(at), text(view, at + 4, 4)];
      const long = size === 1;
      const end = at + (long ? Number(view.getBigUint64(at + 8)) : size || to - at);
      if (end < at + 8) throw new Damaged();
      const body = at + (long ? 16 : 8);
      if (type === "ispe") declare(found, view.getUint32(body + 4), view.getUint32(body + 8));
      if (NESTS.includes(type)) walk(body + (type === "meta" ? 4 : 0), end);
      reach(view, end);
      hasPicture ||= type === "mdat" || type === "idat";
      at = end;
    }
  };
  if (text(view, 8, 4) === "avis") found.frames = 2;
  walk(0, view.byteLength);
  if (!hasPicture) throw new RangeError();
}

/**
 * @param {DataView} view
 * @returns {boolean} one of the brands of an ISO file is AVIF's
 */
function hasAvifBrand(view) {
  if (text(view, 4, 4) !== "ftyp") return false;
  /** @type {string[]} */
  const brands = text(view, 8, Math.min(256, view.getUint32(0)) - 8).match(/.{4}/gs) ?? [];
  return brands.includes("avif") || brands.includes("avis");
}

/**
 * By the names that people give them.
 * @type {Record<string, Format>}
 */
export const FORMATS = {
  PNG: {
    endings: ["png", "apng"],
    types: ["image/png", "image/apng", "image/x-png"],
    begins: (view) => text(view, 0, 8) === "\x89PNG\r\n\x1a\n",
    read: png,
  },
  JPEG: {
    endings: ["jpg", "jpeg", "jpe", "jfif"],
    types: ["image/jpeg", "image/jpg", "image/pjpeg"],
    begins: (view) => text(view, 0, 3) === "\xff\xd8\xff",
    read: jpeg,
  },
  WebP: {
    endings: ["webp"],
    types: ["image/webp"],
    begins: (view) => text(view, 0, 4) === "RIFF" && text(view, 8, 4) === "WEBP",
    read: webp,
  },
  GIF: {
    endings: ["gif"],
    types: ["image/gif"],
    begins: (view) => /^GIF8[79]a$/.test(text(view, 0, 6)),
    read: gif,
  },
  BMP: {
    endings: ["bmp", "dib"],
    types: ["image/bmp", "image/x-bmp", "image/x-ms-bmp"],
    // two letters with which texts begin, too
    begins: (view) =>
      text(view, 0, 2) === "BM" && view.byteLength >= 18 && BITMAP_HEADERS.includes(view.getUint32(14, true)),
    read: bmp,
  },
  AVIF: { endings: ["avif"], types: ["image/avif"], begins: hasAvifBrand, read: avif },
};
