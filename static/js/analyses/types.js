/**
 * The shapes of analyses on the page. Types only: nothing here runs. What a finding holds is in the protocol.
 *
 * @typedef {import("../types.js").Column} Column
 * @typedef {import("../types.js").Band} Band
 *
 * @typedef {object} Question
 * @property {string} kind
 * @property {number} [depth]
 * @property {number[]} [blocks]
 * @property {string} [setting]
 * @property {string} [plane]
 * @property {number} [side]
 * @property {number} [target]
 *
 * @typedef {object} AnalysisEvent
 * @property {string} analysis
 * @property {Question} question
 * @property {number | null} step
 * @property {"waiting" | "running" | "finished" | "cancelled" | "failed"} state
 * @property {number} progress
 * @property {any} finding
 * @property {string | null} reason
 *
 * @typedef {object} Picture one chart: what Plotly draws and what it is called
 * @property {string} title
 * @property {string} about
 * @property {any[]} traces
 * @property {any} [x] parts of the axis
 * @property {any} [y]
 * @property {any} [z] a surface in three dimensions, drawn by the other bundle
 *
 * @typedef {{heads: string[], rows: string[][]}} Numbers
 *
 * @typedef {object} Field a choice beside the button
 * @property {string} name of the question's field
 * @property {string} label
 * @property {[string, string][]} choices value and words; the first is the default
 *
 * @typedef {object} Action a button that asks
 * @property {string} label
 * @property {Question} question depth is added where the kind has one
 *
 * @typedef {object} Kind one tab
 * @property {string} name
 * @property {string} label
 * @property {string} about one or two sentences, for somebody who has nobody to ask
 * @property {string} [more] what the small charts below are
 * @property {Action[]} actions
 * @property {Field[]} fields
 * @property {(event: AnalysisEvent, scene: import("../charts/scene.js").Scene) => Picture[]} pictures two large ones, then at most three small ones
 * @property {(event: AnalysisEvent, scene: import("../charts/scene.js").Scene) => Numbers} numbers
 */
export {};
