/** The comparison ("What differs"): the differences of the shown networks, and where the measurements come from. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { differences, networkNames, provenanceRows, publishedLinks, summary } from "../../model/comparison.js";
import { isLecturer } from "../../model/records.js";
import { isLive, isRecording } from "../../model/run.js";
import { table } from "../dialogs.js";
import { find, say, show } from "../dom.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */

/** The address that was copied last, and what became of it. */
let copied = { address: "", result: "" };

/**
 * @param {Scene} scene
 * @param {import("../commands.js").Commands} commands
 */
export function showComparison(scene, commands) {
  say(find("#comparison-short"), summary(scene));
  show(body(scene, commands), find("#comparison-body"));
}

/**
 * @param {Scene} scene
 * @param {import("../commands.js").Commands} commands
 */
function body(scene, commands) {
  const { run } = scene;
  const rows = differences(scene);
  const copy = async () => {
    const address = location.href;
    try {
      await navigator.clipboard.writeText(address);
      copied = { address, result: "Copied." };
    } catch {
      copied = { address, result: address }; // no permission: show it, so that it can be copied by hand
    }
    showComparison(scene, commands);
  };
  const link = (/** @type {string} */ kind, /** @type {string} */ label) =>
    html`<a href="/api/runs/${encodeURIComponent(run.id ?? "")}/export.${kind}" download="">Export ${label}</a>`;
  return html`<div class="columns">
      ${rows.length ? table(["", ...networkNames(scene)], rows) : html`<p>The two panels show the same network.</p>`}
      ${table(["", ""], provenanceRows(scene))}
    </div>
    <div class="actions">
      <button type="button" @click=${copy}>Copy link</button>
      ${publishedLinks(scene).map(({ name, address }) => html`<a href=${address}>See the published ${name}</a>`)}
      ${run.id === null ? nothing : [link("csv", "CSV"), link("jsonl", "JSON lines")]}
      ${
        run.id === null || isLive(run) || isRecording(run) || !isLecturer()
          ? nothing
          : html`<button type="button" class="delete" @click=${() => commands.deleteRun()}>Delete this run</button>`
      }
      <span role="status">${copied.address === location.href ? copied.result : ""}</span>
    </div>`;
}
