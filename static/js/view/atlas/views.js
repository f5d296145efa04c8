/** The views of the Atlas: tabs, and what the open one shows of the chosen networks. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { isGrouped, sizeWords, VIEWS } from "../../model/atlas.js";
import { whenever } from "../../model/reactive.js";
import { fieldValue, find, say, show } from "../dom.js";
import { announce } from "../panels/status_line.js";
import { showTabs } from "../tabs.js";
import { allNetworks } from "./all_networks.js";
import { arrange } from "./diagrams.js";
import { drawNetwork, moveNetwork } from "./network_diagram.js";
import { layerTables, programs } from "./tables.js";
import { drawThemed } from "./themed.js";

/** @typedef {import("../../model/atlas_state.js").Atlas} Atlas */
/** @typedef {import("../../model/atlas_types.js").CatalogNetwork} CatalogNetwork */

/** What the classic figure is. */
const CLASSIC =
  "Figure 3 of He et al. (2015): VGG-19, a plain network of 34 layers, and the residual network made of it. Shortcuts are dashed where the size changes.";

export class AtlasViews {
  /**
   * @param {Atlas} atlas
   * @param {string[]} measures of published errors
   */
  constructor(atlas, measures) {
    this.atlas = atlas;
    this.measures = measures;
  }

  show() {
    const { state, actions } = this.atlas;
    whenever(
      () => state.view.value.open,
      () => showTabs(VIEWS, state.view.value.open, actions.openView),
    );
    whenever(
      () => [
        state.view.value,
        state.networks.value,
        state.rows.value,
        state.colours.value,
        state.layoutChanges.value,
        state.parts.value,
      ],
      () => this.showView(),
    );
  }

  /** The networks that have arrived. */
  get networks() {
    return this.atlas.state.networks.value.flatMap((one) =>
      one && !("refused" in one) ? [/** @type {CatalogNetwork} */ (one)] : [],
    );
  }

  showView() {
    const { networks } = this;
    const { open } = this.atlas.state.view.value;
    const part = this.parts()[open](networks);
    show(part.controls ?? "", find("#view-controls"));
    say(find("#view-words"), part.words ?? "");
    show(part.body ?? "", find("#view-body"));
    arrange(part.drawings ?? [], this.atlas.state.colours.value);
  }

  /** @returns {Record<string, (networks: CatalogNetwork[]) => {controls?: unknown, words?: string, body?: unknown, drawings?: import("./diagrams.js").Drawing[]}>} */
  parts() {
    const { atlas } = this;
    const { state, actions } = atlas;
    const view = state.view.value;
    return {
      all: () => ({
        controls: [
          this.choice(
            "Error on",
            this.measures.map((one) => [one, one]),
            view.measure,
            actions.chooseMeasure,
          ),
          this.choice(
            "against",
            [
              ["depth", "layers"],
              ["parameters", "parameters"],
            ],
            view.by,
            (by) => actions.chooseBy(by === "depth" ? "depth" : "parameters"),
          ),
        ],
        drawings: [this.errors()],
        body: allNetworks(atlas),
      }),
      diagram: (networks) => ({
        controls: html`<label><input type="checkbox" .checked=${view.folded} @change=${actions.fold}> blocks alike once</label>
          <span class="key"><svg width="34" height="12" aria-hidden="true"><path d="M2 6 H32" class="bare" /></svg> identity</span>
          <span class="key"><svg width="34" height="12" aria-hidden="true"><path d="M2 6 H32" /></svg> projection</span>`,
        drawings: (view.folded ? networks.map(({ figure }) => figure) : this.arrived()).map((figure, index) =>
          this.movable(networks[index]?.label ?? "", networks[index] ? sizeWords(networks[index]) : "", figure),
        ),
      }),
      classic: () => ({
        words: CLASSIC,
        drawings: this.arrived().map((figure) => this.movable("VGG-19, plain-34 and ResNet-34", CLASSIC, figure)),
      }),
      table: (networks) => ({ body: layerTables(networks, this.told[0]) }),
      block: (networks) => ({
        controls: [
          ...networks.map((network, index) => this.blockChoice(network, index)),
          networks.some(isGrouped)
            ? html`<label><input type="checkbox" .checked=${view.forms} @change=${actions.toggleForms}> three <span class="besides">equivalent</span> forms</label>`
            : "",
        ],
        drawings: this.arrived().map((figure, index) => {
          const { label = "", equation = "" } = networks[index] ?? {};
          return { ...this.movable(label, `Block ${view.blocks[index]}: ${equation}`, figure), equation };
        }),
      }),
      profile: (networks) => ({
        drawings: this.arrived().map((figure, index) => ({
          title: networks[index]?.label ?? "",
          about: networks[index] ? sizeWords(networks[index]) : "",
          draw: (element, colours) => drawThemed(element, figure, colours),
        })),
      }),
      code: (networks) => ({
        body: programs(networks, (code) => {
          void navigator.clipboard.writeText(code).then(
            () => announce("The code is copied."),
            () =>
              actions.notify("copy", "This browser does not allow copying here: select the text instead.", {
                bad: true,
              }),
          );
        }),
      }),
    };
  }

  /** What the open view shows besides the networks, as far as it has arrived. */
  get told() {
    const { parts, partAddresses } = this.atlas.state;
    return partAddresses.value.flatMap((address) => parts.value[address] ?? []);
  }

  /** The figures among it. */
  arrived() {
    return this.told.flatMap((part) => ("figure" in part ? [part.figure] : []));
  }

  /** @returns {import("./diagrams.js").Drawing} */
  errors() {
    const [figure] = this.arrived();
    return {
      title: `Published errors: ${this.atlas.state.view.value.measure}`,
      about: "Each network's error as its paper or its authors gave it; networks of one family are joined.",
      draw: figure ? (element, colours) => drawThemed(element, figure, colours) : null,
    };
  }

  /**
   * @param {string} title
   * @param {string} about
   * @param {import("../../model/atlas_types.js").Figure} figure
   * @returns {import("./diagrams.js").Drawing}
   */
  movable(title, about, figure) {
    return {
      ...{ title, about },
      draw: (element, colours, saved) => drawNetwork(element, figure, colours, saved),
      move: (element, how) => moveNetwork(element, figure, this.atlas.state.colours.value, how),
    };
  }

  /**
   * @param {string} label
   * @param {string[][]} values and their words
   * @param {string} chosen
   * @param {(value: string) => void} choose
   */
  choice(label, values, chosen, choose) {
    return html`<label>${label} <select @change=${(/** @type {Event} */ event) => choose(fieldValue(event))}>${values.map(
      ([value, words]) => html`<option value=${value} ?selected=${value === chosen}>${words}</option>`,
    )}</select></label>`;
  }

  /**
   * @param {CatalogNetwork} network
   * @param {number} index
   */
  blockChoice({ label, blocks }, index) {
    const { state, actions } = this.atlas;
    const choose = (/** @type {Event} */ event) =>
      actions.chooseBlock(index, Math.max(1, Math.min(blocks.length, Math.round(Number(fieldValue(event))) || 1)));
    return html`<label>Block of ${label} <input type="number" min="1" max=${blocks.length} .value=${String(state.view.value.blocks[index])} @change=${choose}> of ${blocks.length}</label>`;
  }
}
