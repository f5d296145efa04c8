/**
 * The state of the Atlas, and the only module that writes it: what is chosen, and what the server has told of the
 * networks so far. What follows from it is computed here.
 */
import { computed, signal } from "../../vendor/signals-core-1.14.5.js";
import { atlasHash, isGrouped, nextSort, sorted } from "./atlas.js";
import { palette } from "./colours.js";
import { createNotices, nextTheme } from "./page_state.js";
import { readable } from "./reactive.js";

/** @typedef {import("./atlas.js").AtlasView} AtlasView */
/** @typedef {import("./atlas.js").Chosen} Chosen */
/** @typedef {import("./atlas_types.js").CatalogNetwork} CatalogNetwork */
/** @typedef {ReturnType<typeof createAtlas>} Atlas */
/** @typedef {{what: string, one: string, other: string}} Difference */
/** @typedef {{figure: import("./atlas_types.js").Figure} | {networks: string[], differences: Difference[]}} Part */

/**
 * The address of what the server tells of a network.
 * @param {Chosen} chosen
 * @param {number | null} side
 * @param {string} [more] of the path
 * @param {Record<string, string>} [others] of the query
 */
function addressOf({ name, choices }, side, more = "", others = {}) {
  const query = new URLSearchParams({ ...choices, ...(side === null ? {} : { input: String(side) }), ...others });
  return `/api/catalog/${encodeURIComponent(name)}${more}${query.size > 0 ? `?${query}` : ""}`;
}

/**
 * Addresses of what the open view shows besides the networks.
 * @param {AtlasView} view
 * @param {import("./atlas_types.js").CatalogRow[]} rows
 */
function partAddresses({ open, left, right, side, folded, blocks, forms, measure, by }, rows) {
  const both = [left, ...(right ? [right] : [])];
  if (open === "all") return [`/api/catalog/errors?${new URLSearchParams({ measure, by })}`];
  if (open === "classic") return ["/api/catalog/columns?name=vgg19&name=plain34&name=resnet34"];
  if (open === "block")
    return both.map((one, index) =>
      forms && isGrouped(rows.find(({ name }) => name === one.name))
        ? `/api/catalog/${one.name}/blocks/${blocks[index]}/forms`
        : addressOf(one, side, `/blocks/${blocks[index]}`),
    );
  if (open === "profile") return both.map((one) => addressOf(one, side, "/profile"));
  // folded diagrams come with the networks
  if (open === "diagram" && !folded) return both.map((one) => addressOf(one, side, "", { folded: "false" }));
  if (open !== "table" || right === null) return [];
  const others = Object.entries({ ...right.choices, ...(side === null ? {} : { input: String(side) }) });
  const named = Object.fromEntries(others.map(([name, value]) => [`other_${name}`, value]));
  return [addressOf(left, side, `/against/${encodeURIComponent(right.name)}`, named)];
}

/**
 * @param {object} begin
 * @param {AtlasView} begin.view what the link says
 * @param {import("./atlas_types.js").CatalogRow[]} begin.rows all networks
 * @param {boolean} begin.dark whether the system has a dark theme
 */
export function createAtlas({ view: first, rows, dark }) {
  const { notices, notify, dismiss } = createNotices();
  const signals = {
    view: signal(first),
    /** what the server has told, by address */
    told: signal(/** @type {Record<string, CatalogNetwork | {refused: string}>} */ ({})),
    /** figures and comparisons that have arrived, by address */
    parts: signal(/** @type {Record<string, Part>} */ ({})),
    notices,
    systemDark: signal(dark),
    /** grows when the panels have another size */
    layoutChanges: signal(0),
  };
  const { view, told } = signals;
  const chosen = computed(() => [view.value.left, ...(view.value.right ? [view.value.right] : [])]);
  const addresses = computed(() => chosen.value.map((one) => addressOf(one, view.value.side)));
  const state = {
    ...readable(signals),
    rows: computed(() => sorted(rows, view.value.sort, view.value.measure)),
    chosen,
    addresses,
    /** the networks that are shown; null while one is on its way */
    networks: computed(() => addresses.value.map((address) => told.value[address] ?? null)),
    /** what the heads tell of them: while a network is on its way, its row in the table, if nothing else is chosen of it */
    heads: computed(() =>
      chosen.value.map(({ name, choices }, index) => {
        const published = view.value.side === null && Object.keys(choices).length === 0;
        const row = published ? rows.find((one) => one.name === name) : undefined;
        return told.value[addresses.value[index]] ?? row ?? null;
      }),
    ),
    /** addresses of what the open view shows besides the networks */
    partAddresses: computed(() => partAddresses(view.value, rows)),
    colours: computed(() =>
      palette(view.value.theme === "auto" ? signals.systemDark.value : view.value.theme === "dark"),
    ),
    hash: computed(() => atlasHash(view.value)),
  };
  /** @param {Partial<AtlasView>} part */
  const change = (part) => {
    view.value = { ...view.value, ...part };
  };
  const actions = {
    /** @param {AtlasView} next what another place in the browser's history shows */
    showView: (next) => change(next),
    /** @param {string} name */
    chooseLeft: (name) => change({ left: { name, choices: {} }, side: null, blocks: [1, view.value.blocks[1]] }),
    /** @param {string} name empty: none */
    chooseRight: (name) =>
      change({ right: name ? { name, choices: {} } : null, side: null, blocks: [view.value.blocks[0], 1] }),
    /**
     * @param {number} index 0: left, 1: right
     * @param {string} key
     * @param {string} value
     */
    choose(index, key, value) {
      const side = index === 0 ? "left" : "right";
      const before = view.value[side];
      if (before) change({ [side]: { ...before, choices: { ...before.choices, [key]: value } } });
    },
    /** @param {number | null} side of the input */
    chooseInput: (side) => change({ side }),
    /** @param {string} open */
    openView: (open) => change({ open }),
    /**
     * @param {number} index 0: left, 1: right
     * @param {number} block from 1
     */
    chooseBlock: (index, block) =>
      change({ blocks: index === 0 ? [block, view.value.blocks[1]] : [view.value.blocks[0], block] }),
    toggleForms: () => change({ forms: !view.value.forms }),
    fold: () => change({ folded: !view.value.folded }),
    /** @param {AtlasView["measure"]} measure of errors */
    chooseMeasure: (measure) => change({ measure }),
    /** @param {AtlasView["by"]} by */
    chooseBy: (by) => change({ by }),
    /**
     * @param {string} address
     * @param {Part} part
     */
    partArrived(address, part) {
      signals.parts.value = { ...signals.parts.value, [address]: part };
    },
    /** @param {string} key of a column */
    sortBy: (key) => change({ sort: nextSort(view.value.sort, key) }),
    swap() {
      const { left, right, blocks } = view.value;
      if (right) change({ left: right, right: left, blocks: [blocks[1], blocks[0]] });
    },
    present: () => change({ presenter: !view.value.presenter }),
    nextTheme: () => change({ theme: nextTheme(view.value.theme) }),
    /** @param {boolean} isDark */
    systemThemeChanged(isDark) {
      signals.systemDark.value = isDark;
    },
    layoutChanged() {
      signals.layoutChanges.value++;
    },
    /**
     * @param {string} address
     * @param {CatalogNetwork | {refused: string}} network
     */
    arrived(address, network) {
      told.value = { ...told.value, [address]: network };
    },
    notify,
    dismiss,
  };
  return { state, actions };
}
