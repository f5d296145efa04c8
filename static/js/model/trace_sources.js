/**
 * What can be traced: the networks of runs, and the published ones. A source says what can be chosen of it and how it
 * is asked; all answer with a ``Trace``. Pure.
 */

/** @typedef {import("./trace.js").TraceView} TraceView */
/** @typedef {import("./wire.js").TraceableRun} TraceableRun */
/** @typedef {import("./wire.js").ImagePage} ImagePage */

/**
 * @typedef {object} Source
 * @property {string} key as ``TraceView.network`` has it
 * @property {string} label
 * @property {string} group
 * @property {number[]} depths none: there is nothing to choose
 * @property {number[]} steps of the checkpoints, ascending
 * @property {string | null} dataset whose test images can be chosen
 * @property {string[]} connections of the arms
 *
 * @typedef {{name: string, label: string}} Published
 * @typedef {object} Weights files with weights of published networks
 * @property {{name: string, files: string[]}[]} networks with the files that fit
 * @property {{name: string, problem: string | null}[]} files of the folder
 * @property {string} folder
 * @property {string} convert how a file in PyTorch's own format becomes one
 *
 * @typedef {{address: string, body: Record<string, unknown> | null, key: string}} Asked body null: nothing is posted
 * @typedef {{trace: Asked | null, detail: Asked | null, learnt: Asked | null, training: Asked | null}} Requests detail: every
 *   map of the shown stage, where all maps of all stages are too many for one answer
 */

/** Shown when a link names none: the pair that was trained for this page, else the paper's. */
const USUAL = ["run:recorded-trace-pair", "run:recorded-he-fashion"];

/**
 * All that can be traced, in the order of the choice.
 * @param {{runs: TraceableRun[], published: Published[]}} data
 * @returns {Source[]}
 */
export function sourcesOf({ runs, published }) {
  return [
    ...runs.map(({ id, title, recorded, depths, steps, dataset, connections }) => ({
      ...{ key: `run:${id}`, label: title, group: recorded ? "Recorded runs" : "Runs of this server" },
      ...{ depths, steps, dataset, connections },
    })),
    ...published.map(({ name, label }) => ({
      ...{ key: `net:${name}`, label, group: "Published networks" },
      ...{ depths: [], steps: [], dataset: null, connections: ["residual"] },
    })),
  ];
}

/**
 * @param {Source[]} sources
 * @param {string | null} key
 * @returns {Source | null}
 */
export function chosenSource(sources, key) {
  const find = (/** @type {string} */ wanted) => sources.find((one) => one.key === wanted);
  if (key !== null) return find(key) ?? null;
  return USUAL.map(find).find((one) => one !== undefined) ?? sources[0] ?? null;
}

/**
 * @param {Source | null} source
 * @param {number | null} depth
 */
export function chosenDepth(source, depth) {
  return depth ?? source?.depths.at(-1) ?? null;
}

/**
 * @param {Source | null} source
 * @param {number | null} step
 */
export function chosenStep(source, step) {
  return step ?? source?.steps.at(-1) ?? null;
}

/**
 * What the server is asked for a view.
 * @param {Source | null} source
 * @param {TraceView} view
 * @param {string[]} files of weights, where it is a published network
 * @returns {Requests}
 */
export function requestsOf(source, view, files) {
  if (!source) return NOTHING;
  const name = encodeURIComponent(source.key.slice(4));
  const depth = chosenDepth(source, view.depth);
  const { image } = view;
  const more = view.target === null ? {} : { target: view.target };
  if (source.key.startsWith("net:")) {
    // without weights, or without an image, the way is one through shapes
    const body = files.length > 0 && image.kind === "pixels" ? { image, ...more } : null;
    const address = `/api/trace/catalog/${name}`;
    const detail = body && view.all ? asked(address, { ...body, maps: ALL_MAPS, stage: view.at }) : null;
    return { ...NOTHING, trace: asked(address, body), detail };
  }
  const run = `/api/trace/runs/${name}`;
  const question = { depth, image };
  const ofRun = {
    ...(view.all ? { maps: ALL_MAPS } : {}),
    ...(view.step === null ? {} : { step: view.step }),
    ...(view.probes ? { probes: true } : {}),
  };
  return {
    trace: asked(run, { ...question, ...more, ...ofRun }),
    detail: null,
    learnt: view.open === "training" ? asked(`${run}/learnt`, question) : null,
    training: view.open === "training" ? asked(`${run}/training?depth=${depth}`, null) : null,
  };
}

/** @type {Requests} */
const NOTHING = { trace: null, detail: null, learnt: null, training: null };
/** More channels than any stage has. */
const ALL_MAPS = 2048;

/**
 * @param {string} address
 * @param {Record<string, unknown> | null} body
 * @returns {Asked}
 */
function asked(address, body) {
  return { address, body, key: body === null ? address : `${address} ${JSON.stringify(body)}` };
}

/**
 * Names of the files that have weights of a published network.
 * @param {Source | null} source
 * @param {Weights | null} weights
 */
export function filesOf(source, weights) {
  return weights?.networks.find(({ name }) => source?.key === `net:${name}`)?.files ?? [];
}

/**
 * The address of the test images around the chosen one; null where there are none.
 * @param {Source | null} source
 * @param {TraceView["image"]} image
 * @param {number} count
 */
export function examplesAddress(source, image, count) {
  if (!source?.dataset) return null;
  const index = image.kind === "example" ? image.index : 0;
  const first = Math.floor(index / count) * count;
  return `/api/trace/images/${encodeURIComponent(source.dataset)}?first=${first}&count=${count}`;
}

/**
 * A page of test images, one by one.
 * @param {ImagePage | undefined} page
 */
export function examplesOf(page) {
  if (!page) return [];
  const { first, side, channels, classes, labels, images } = page;
  return images.map((image, place) => ({
    ...{ image, side, channels, index: first + place },
    label: classes[labels[place]] ?? `class ${labels[place]}`,
  }));
}
