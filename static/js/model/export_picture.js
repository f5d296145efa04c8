/**
 * A picture for a slide: the drawing of a chart with title, legend, colour scale and caption around it, as the text of
 * an SVG. Text stays text. Pure.
 */

/** Size of a picture at 1×, in pixels: at 2× it fills a slide of 1920 × 1080. */
export const PICTURE = { width: 960, height: 540 };
/** Sizes of text: title, what is below it, legend, caption. */
const TEXT = { title: 24, about: 15, legend: 15, caption: 12 };
const EDGE = 24;
const FONT = "system-ui, sans-serif";

/**
 * @typedef {object} Around what stands around a drawing
 * @property {string} title
 * @property {string} about one sentence on what is drawn
 * @property {{name: string, colour: string, dash: string, shape: string}[]} legend shape: of the marker, as a clip path
 * @property {{low: string, high: string, label: string, stops: string[]} | null} ramp the colour scale, if there is one
 * @property {string[]} caption where the measurements come from
 * @property {import("./colours.js").Palette} colours
 *
 * @typedef {(text: string, size: number) => number} Measure pixels that a text is wide
 */

/**
 * Where the drawing stands in the picture.
 * @param {Around} around
 * @param {Measure} measure
 */
export function drawingBox(around, measure) {
  const about = wrapped(around.about, TEXT.about, measure).length;
  const keys = around.legend.length > 0 || around.ramp ? TEXT.legend * 2 : 0;
  const top = EDGE + TEXT.title + 4 + about * TEXT.about * 1.35 + keys + 6;
  const bottom = captionLines(around, measure).length * TEXT.caption * 1.35 + 0.8 * EDGE;
  return { x: EDGE, y: top, width: PICTURE.width - 2 * EDGE, height: PICTURE.height - top - bottom };
}

/**
 * The whole picture.
 * @param {string} drawing an SVG of the size of ``drawingBox``
 * @param {Around} around
 * @param {number} scale 1 or 2: how many pixels there are to one
 * @param {Measure} measure
 */
export function composed(drawing, around, scale, measure) {
  const { width, height } = PICTURE;
  const { colours, title } = around;
  const box = drawingBox(around, measure);
  const inner = drawing
    .slice(drawing.indexOf("<svg"))
    .replace("<svg", `<svg x="${box.x}" y="${box.y}"`)
    // one pixel a value stays sharp
    .replaceAll("<image ", '<image image-rendering="pixelated" ');
  let y = EDGE + 0.8 * TEXT.title;
  const parts = [text(title, EDGE, y, TEXT.title, colours.text, 'font-weight="700"')];
  y += 4;
  for (const line of wrapped(around.about, TEXT.about, measure)) {
    y += 1.35 * TEXT.about;
    parts.push(text(line, EDGE, y, TEXT.about, colours.quiet));
  }
  parts.push(...keys(around, y + 2 * TEXT.legend, measure));
  const lines = captionLines(around, measure);
  lines.forEach((line, index) => {
    const at = height - 0.7 * EDGE - (lines.length - 1 - index) * 1.35 * TEXT.caption;
    parts.push(text(line, EDGE, at, TEXT.caption, colours.quiet));
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `width="${scale * width}" height="${scale * height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}">` +
    `<title>${escaped(title)}</title><desc>${escaped(around.caption.join(" "))}</desc>` +
    `<rect width="${width}" height="${height}" fill="${colours.panel}"/>${parts.join("")}${inner}</svg>`
  );
}

/**
 * The legend of the lines from the left, the colour scale from the right.
 * @param {Around} around
 * @param {number} y base line
 * @param {Measure} measure
 */
function keys({ legend, ramp, colours }, y, measure) {
  const size = TEXT.legend;
  const middle = y - 0.35 * size;
  let x = EDGE;
  const parts = legend.map(({ name, colour, dash, shape }) => {
    const drawn =
      `<line x1="${x}" y1="${middle}" x2="${x + 40}" y2="${middle}" stroke="${colour}" stroke-width="2.5"` +
      `${dash === "solid" ? "" : ` stroke-dasharray="${dash.replaceAll("px", "")}"`}/>` +
      marker(shape, x + 20, middle, 11, colour) +
      text(name, x + 48, y, size, colours.text);
    x += 48 + measure(name, size) + 28;
    return drawn;
  });
  if (!ramp) return parts;
  const [wide, high] = [180, 12];
  const right = PICTURE.width - EDGE;
  const left = right - measure(ramp.high, size) - 8 - wide;
  const stops = ramp.stops.map(
    (colour, index) => `<stop offset="${index / (ramp.stops.length - 1)}" stop-color="${colour}"/>`,
  );
  const words = `${ramp.label}  ${ramp.low}`;
  parts.push(
    `<defs><linearGradient id="ramp">${stops.join("")}</linearGradient></defs>`,
    `<rect x="${left}" y="${middle - high / 2}" width="${wide}" height="${high}" fill="url(#ramp)"/>`,
    text(words, left - 8 - measure(words, size), y, size, colours.text),
    text(ramp.high, left + wide + 8, y, size, colours.text),
  );
  return parts;
}

/**
 * A marker from a clip path in percent.
 * @param {string} shape
 * @param {number} x middle
 * @param {number} y middle
 * @param {number} size
 * @param {string} colour
 */
function marker(shape, x, y, size, colour) {
  const points = /^polygon\((.*)\)$/.exec(shape)?.[1].split(",");
  if (points) {
    const at = points.map((point) =>
      point
        .trim()
        .split(" ")
        .map((part, axis) => ((axis === 0 ? x : y) + (Number.parseFloat(part) / 100 - 0.5) * size).toFixed(2)),
    );
    return `<polygon points="${at.map((pair) => pair.join(",")).join(" ")}" fill="${colour}"/>`;
  }
  if (shape.startsWith("circle")) return `<circle cx="${x}" cy="${y}" r="${size / 2}" fill="${colour}"/>`;
  return `<rect x="${x - size / 2}" y="${y - size / 2}" width="${size}" height="${size}" fill="${colour}"/>`;
}

/**
 * @param {Around} around
 * @param {Measure} measure
 */
function captionLines({ caption }, measure) {
  return caption.flatMap((line) => wrapped(line, TEXT.caption, measure));
}

/**
 * A text in lines that have room in the picture.
 * @param {string} whole
 * @param {number} size
 * @param {Measure} measure
 */
export function wrapped(whole, size, measure) {
  /** @type {string[]} */
  const lines = [];
  for (const word of whole.split(" ").filter(Boolean)) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length > 0 && measure(longer, size) <= PICTURE.width - 2 * EDGE) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * @param {string} words
 * @param {number} x
 * @param {number} y base line
 * @param {number} size
 * @param {string} colour
 * @param {string} [more] attributes
 */
function text(words, x, y, size, colour, more = "") {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}" xml:space="preserve" ${more}>${escaped(words)}</text>`;
}

/** @param {string} words */
function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
