/**
 * Pointer, touch and keyboard over a diagram. For the keyboard it is one stop, a slider over the layers: what it stands
 * on is lit in all charts and read out, and Enter takes its block out.
 */
import { meaning } from "../model/key_tables.js";
import { layerSentence } from "../model/layer_words.js";
import { whenever } from "../model/reactive.js";
import { nodeOf } from "./charts/diagram_parts.js";
import { LAYER_KEYS, layerBeyond } from "./charts/layer_keys.js";
import { onPointer } from "./charts/plot.js";

/** @type {import("../model/key_tables.js").KeyRow<true>[]} */
const BLOCK_KEYS = [
  { name: "Enter", does: "Take the block out, or put it back; so does Space", keys: { Enter: true, " ": true } },
];
/** All keys of a diagram. */
export const DIAGRAM_KEYS = [...LAYER_KEYS, ...BLOCK_KEYS];

/** Pixels that a finger hits at least. */
const FINGER = 24;

/**
 * @param {import("./charts/diagram.js").DiagramChart} diagram
 * @param {Pick<import("../model/state.js").Store, "state" | "actions"> & {commands: Pick<import("./commands.js").Commands, "toggleBlock">}} lab
 */
export function wireDiagram(diagram, { state, actions, commands }) {
  const { element } = diagram;
  point(diagram, actions, commands);
  // the stop would not be heard inside of a picture
  element.setAttribute("role", "group");
  const stop = document.createElement("div");
  stop.className = "layer-stop";
  stop.tabIndex = 0;
  stop.setAttribute("role", "slider");
  stop.setAttribute("aria-valuemin", "1");
  element.append(stop);
  let layer = 1;
  let focused = false;

  const side = () => diagram.scene().sides[diagram.index];

  /** Put the stop where its layer stands, and say what that is. */
  function show() {
    const figure = diagram.figure();
    const room = diagram.px?.room;
    stop.hidden = !figure || !room;
    if (!figure || !room) return;
    const { layers } = figure.layout.meta;
    layer = Math.min(layer, layers.length);
    const { x, y } = nodeOf(figure, layer);
    const { left, top } = room.pixels(x, y);
    const size = Math.max(FINGER, (diagram.px?.node ?? 0) + 8);
    Object.assign(stop.style, { left: `${left}px`, top: `${top}px`, width: `${size}px`, height: `${size}px` });
    stop.setAttribute("aria-label", `Layers of ${side().name}, with arrows; blocks with Page up and Page down`);
    stop.setAttribute("aria-valuemax", String(layers.length));
    stop.setAttribute("aria-valuenow", String(layer));
    const words = layerSentence(diagram.scene(), side(), layers[layer - 1], state.removed.value);
    stop.setAttribute("aria-valuetext", words);
  }

  /** @param {number} next */
  function go(next) {
    layer = next;
    show();
    actions.pointAtLayer(layer);
  }

  stop.addEventListener("focus", () => {
    focused = true;
    go(layer);
  });
  stop.addEventListener("blur", () => {
    focused = false;
    actions.pointAtLayer(null);
  });
  stop.addEventListener("keydown", (event) => {
    const figure = diagram.figure();
    if (!figure || event.altKey || event.metaKey) return;
    if (meaning(BLOCK_KEYS, event.key)) {
      const { block } = figure.layout.meta.layers[layer - 1];
      if (block && !event.repeat) commands.toggleBlock(block);
    } else {
      const next = layerBeyond(figure, layer, event.key, event.shiftKey || event.ctrlKey);
      if (next === null) return;
      go(next);
    }
    // the page's own keys train and step
    event.preventDefault();
  });
  diagram.drawnAnew = show;
  // not with every measurement: that would be read out again and again
  whenever(
    () => state.removed.value,
    () => focused && show(),
  );
}

/**
 * @param {import("./charts/diagram.js").DiagramChart} diagram
 * @param {import("../model/state.js").Actions} actions
 * @param {Pick<import("./commands.js").Commands, "toggleBlock">} commands
 */
function point(diagram, actions, commands) {
  onPointer(
    diagram.element,
    (x, y) => actions.pointAtLayer(diagram.layerAt(x, y)),
    () => actions.pointAtLayer(null),
    (x, y, event) => {
      const touched = event instanceof PointerEvent && event.pointerType !== "mouse";
      const reach = touched ? FINGER / 2 : 0;
      // a finger does not hover: what it has hit stays lit, and is told
      if (touched) actions.pointAtLayer(diagram.layerAt(x, y, reach));
      const block = diagram.blockAt(x, y, reach);
      if (block !== null) commands.toggleBlock(block);
    },
  );
}
