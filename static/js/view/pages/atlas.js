/** The Atlas: creates its state and the parts of the page, and connects them. */
import { FIRST, readAtlasHash, VIEWS } from "../../model/atlas.js";
import { createAtlas } from "../../model/atlas_state.js";
import { CHOICE_KEYS } from "../../model/key_tables.js";
import { whenever } from "../../model/reactive.js";
import { useRecords } from "../../model/records.js";
import { get } from "../../net/http.js";
import { head } from "../atlas/head.js";
import { MOVE_KEYS } from "../atlas/network_diagram.js";
import { AtlasViews } from "../atlas/views.js";
import { expectPlotly } from "../charts/library.js";
import { drawWaiting } from "../charts/plot.js";
import { fieldValue, find, say, show } from "../dom.js";
import { listen } from "../keys.js";
import { showNotices } from "../notices.js";
import { forThisWindow, showTheme, wireButtons, wirePage } from "../page_controls.js";
import { announce } from "../panels/status_line.js";
import { onSystemTheme, systemIsDark } from "../theme.js";

/** @typedef {import("../../model/atlas_types.js").CatalogNetwork} Network */
/** @typedef {import("../../model/atlas_state.js").Part} Part */
/** @typedef {{networks: import("../../model/atlas_types.js").CatalogRow[], measures: string[]}} Catalog */

const { catalog } = /** @type {{catalog: Catalog}} */ (
  /** @type {unknown} */ (useRecords(JSON.parse(find("#page-data").textContent ?? "{}")))
);
const link = readAtlasHash(location.hash, catalog);
const first = forThisWindow(link.view);
const atlas = createAtlas({ view: first, rows: catalog.networks, dark: systemIsDark() });
const { state, actions } = atlas;
const views = new AtlasViews(atlas, catalog.measures);

/**
 * @template T
 * @typedef {{answer: T} | {error: import("../../net/http.js").Refusal}} Found
 */

/** Addresses of which an answer is on its way. */
const asked = new Set();

/**
 * Ask the server for what is not known yet, each once.
 * @template T
 * @param {string[]} addresses
 * @param {Record<string, unknown>} known by address
 * @param {(address: string, found: Found<T>) => void} arrived
 */
function fetchMissing(addresses, known, arrived) {
  for (const address of addresses) {
    if (known[address] || asked.has(address)) continue;
    asked.add(address);
    /** @type {Promise<Found<T>>} */
    const answer = get(address);
    void answer.then((found) => {
      asked.delete(address);
      arrived(address, found);
    });
  }
}

function fetchNetworks() {
  fetchMissing(state.addresses.value, state.told.value, (address, /** @type {Found<Network>} */ found) =>
    actions.arrived(address, "error" in found ? { refused: found.error.message } : found.answer),
  );
}

function fetchParts() {
  fetchMissing(state.partAddresses.value, state.parts.value, (address, /** @type {Found<Part>} */ found) => {
    // what is refused is told where the network's numbers stand
    if (!("error" in found)) actions.partArrived(address, found.answer);
  });
}

function showPage() {
  whenever(
    () => state.view.value,
    () => showTheme(state.view.value),
  );
  whenever(() => state.addresses.value, fetchNetworks);
  whenever(() => state.partAddresses.value, fetchParts);
  whenever(
    () => [state.heads.value, state.view.value.measure],
    () => {
      const heads = state.heads.value;
      show(
        heads.map((network, index) => head(atlas, network, index)),
        find("#networks"),
      );
      const sides = heads.flatMap((network) => (network && "input" in network ? [network.input] : []));
      const input = /** @type {HTMLInputElement} */ (find("#input"));
      if (sides.length > 0 && document.activeElement !== input) input.value = String(sides[0].side);
      say(find("#input-unit"), sides[0]?.unit ?? "");
    },
  );
  whenever(
    () => [state.view.value.left, state.view.value.right],
    () => {
      /** @type {HTMLSelectElement} */ (find("#left")).value = state.view.value.left.name;
      /** @type {HTMLSelectElement} */ (find("#right")).value = state.view.value.right?.name ?? "";
    },
  );
  showNotices(atlas);
  views.show();
}

function wire() {
  find("#left").addEventListener("change", (event) => actions.chooseLeft(fieldValue(event)));
  find("#right").addEventListener("change", (event) => actions.chooseRight(fieldValue(event)));
  find("#input").addEventListener("change", (event) => {
    const text = fieldValue(event);
    actions.chooseInput(text === "" ? null : Number(text));
  });
  wireButtons({ swap: actions.swap });
  listen(
    [
      ...VIEWS.map(({ name }, index) => ({
        ...{ key: String(index + 1), name: `1 … ${VIEWS.length}`, does: "Views" },
        action: () => actions.openView(name),
      })),
      { key: "s", name: "S", does: "Swap left and right", action: actions.swap },
      ...wirePage({
        isPresenting: () => state.view.value.presenter,
        present: actions.present,
        nextTheme: actions.nextTheme,
        refuse: (words) => actions.notify("fullscreen", words, { bad: true }),
      }),
    ],
    [
      { title: "On a diagram (the Tab key leads there)", rows: MOVE_KEYS },
      { title: "On tabs", rows: CHOICE_KEYS },
    ],
  );
  onSystemTheme(actions.systemThemeChanged);
  new ResizeObserver(actions.layoutChanged).observe(find("main"));
}

/** The address follows the state; another view, or another network, is a place of its own in the browser's history. */
function keepAddress() {
  let before = state.view.peek();
  whenever(
    () => state.hash.value,
    () => {
      const address = `#${state.hash.value}`;
      const { left, right, open } = state.view.value;
      const isOther = left.name !== before.left.name || right?.name !== before.right?.name || open !== before.open;
      before = state.view.value;
      if (address === location.hash || (location.hash === "" && state.view.value === first)) return;
      if (isOther) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    },
  );
  addEventListener("popstate", () => actions.showView({ ...FIRST, ...readAtlasHash(location.hash, catalog).view }));
}

showPage();
wire();
expectPlotly(drawWaiting, () =>
  actions.notify("plotly", "The part of the page that draws could not be loaded. Open the page again.", {
    bad: true,
  }),
);
keepAddress();
if (link.problems.length > 0) {
  const words = `The link is broken: ${link.problems.join("; ")}. Defaults are used there.`;
  actions.notify("link", words, { bad: true });
  announce(words);
}
