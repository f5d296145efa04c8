/**
 * The types of what the server tells of the published networks (``/api/catalog``). Types only: nothing here runs.
 *
 * @typedef {import("./types.js").PlotlyPart} PlotlyPart
 *
 * @typedef {object} PublishedError an error that was published
 * @property {number} percent
 * @property {string} measure what it was measured on, and how
 * @property {string} source
 * @property {Record<string, string>} choices with which it was trained
 * @property {string} note empty, or how this training differs
 *
 * @typedef {object} CatalogRow a published network in the table of all
 * @property {string} name
 * @property {string} label
 * @property {string} family
 * @property {string} paper
 * @property {number} depth
 * @property {string | null} connection of the Lab
 * @property {string} equation of its blocks, s(x) being what passes by a branch
 * @property {{side: number, unit: string, least: number, most: number, step: number}} input as it was published
 * @property {{name: string, label: string, chosen: string, values: Record<string, string>}[]} choices
 * @property {{parameters: number, multiply_adds: number, memory: number, receptive_field: number | null}} totals
 *   for one example; memory in bytes
 * @property {PublishedError[]} errors the first is that of the network as it is shown at first
 * @property {{arms: {connection: string}[], depths?: number[]} & Record<string, unknown> | null} relative fields of the
 *   Lab's nearest experiment
 *
 * @typedef {object} CatalogTableRow a row of the form of He et al. (2015), table 1
 * @property {string} name of the stage
 * @property {number[]} output
 * @property {{lines: string[], blocks: number}[]} cells layers, and how often: 0 outside of blocks
 * @property {number} stages alike, from this one on
 *
 * @typedef {{data: PlotlyPart[], layout: PlotlyPart}} Figure a Plotly figure
 *
 * @typedef {object} CatalogOwn what is told of a network besides its row
 * @property {string} reads shape of the input
 * @property {string} words all of it in sentences
 * @property {CatalogTableRow[]} table
 * @property {{number: number}[]} blocks
 * @property {string} code
 * @property {Figure} figure
 *
 * @typedef {CatalogRow & CatalogOwn} CatalogNetwork a network, with its choices made, at an input size
 */
export {};
