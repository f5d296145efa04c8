/**
 * The types of what modules pass to each other. Types only: nothing here runs. What crosses the wire is in
 * ``wire.d.ts``, made from the server's own classes; what only the page has is here.
 *
 * @typedef {import("./wire.js").Event} WireEvent
 * @typedef {Extract<WireEvent, {seq: number}>} StreamEvent an event of the stream of a run
 * @typedef {Extract<WireEvent, {type: "snapshot"}>} Snapshot
 * @typedef {import("./wire.js").Command} Command
 * @typedef {import("./wire.js").Experiment} Experiment
 * @typedef {import("./wire.js").Arm} Arm
 * @typedef {import("./wire.js").CellObject} Cell
 * @typedef {import("./wire.js").Frame} Frame
 * @typedef {import("./wire.js").Evaluation} Evaluation
 * @typedef {import("./wire.js").Column} Column
 * @typedef {import("./wire.js").Band} Band median, low, high over the seeds; one number a cell in each
 * @typedef {import("./wire.js").Finding} Finding
 * @typedef {Omit<import("./wire.js").Preset, "prediction"> & {cells: Cell[], poll: Poll, recorded: string | null} & Duration}
 *   Preset recorded: id of the run that comes with the program
 * @typedef {import("./wire.js").Poll} Poll
 *
 * @typedef {object} Duration about how long an experiment takes
 * @property {number | null} seconds null: not known
 * @property {boolean} measured_here whether runs on the server's machine say so; else it is the machine of the recordings
 *
 * @typedef {object} Run
 * @property {string | null} id null before it is trained
 * @property {boolean} recorded
 * @property {Experiment} experiment
 * @property {Cell[]} cells
 * @property {Poll | null} poll what is asked before it trains; null until the server has said
 * @property {Partial<import("./wire.js").Provenance>} provenance
 * @property {import("./wire.js").RunState | "ready"} state
 * @property {string | null} reason
 * @property {number | null} position in the queue, from 1
 * @property {number} step
 * @property {Frame[]} frames
 * @property {Evaluation[]} evaluations
 * @property {{step: number, cells: number[]}[]} diverged
 * @property {{step: number, learning_rate: number, arm: number | null}[]} rates learning rates that were changed while it
 *   trained, from which step on
 * @property {number[]} checkpoints steps whose weights can be analysed, ascending
 * @property {AnalysisEvent[]} analyses the latest event of each, oldest first
 *
 * @typedef {"weight" | "activation" | "square"} GradientKind
 *
 * @typedef {"step" | "seconds" | "flops"} AxisKind what the curves are drawn by
 *
 * @typedef {object} View what the page shows of a run
 * @property {number | null} depth null: the deepest
 * @property {number | null} compare depth of the right panel, null: the same
 * @property {[number, number]} arms arms of the left and the right panel
 * @property {GradientKind} gradient
 * @property {AxisKind} x
 * @property {"linear" | "log"} lossScale of the axis of the training loss
 * @property {boolean} multiples whether the curves have a panel for every arm
 * @property {boolean} relative whether the diagrams are coloured relative to the last layer
 * @property {number | null} step of what is shown, where no pointer says another; null: the newest
 * @property {boolean} question whether the question is shown
 * @property {"auto" | "light" | "dark"} theme
 * @property {boolean} presenter
 * @property {string} open name of the open view: curves, gradients, regions or an analysis
 * @property {string | null} beside name of the view beside it, where the window has room for two
 * @property {number} picture the first of the view's pictures that is shown, where there is no room for all
 * @property {number} besidePicture the same of the view beside it
 * @property {number} target test accuracy that convergence is measured to, 0 to 1
 *
 * @typedef {object} Begin what the page opens with
 * @property {Settings} settings of the link
 * @property {boolean} edited whether the link sets the experiment
 * @property {Preset[]} presets
 * @property {boolean} dark whether the system has a dark theme
 * @property {boolean} [wide] whether the window has room for two views
 * @property {boolean} slow whether the film begins in slow motion
 *
 * @typedef {object} Settings what the URL hash holds
 * @property {Experiment} experiment
 * @property {View} view
 * @property {string | null} run
 *
 * @typedef {object} Problem
 * @property {string} field
 * @property {string} message
 *
 * @typedef {"connecting" | "open" | "waiting" | "refused"} LinkState of the websocket
 *
 * @typedef {{code: string, message: string, field: string | null, request: string | null}} Refused
 *
 * @typedef {object} Draft the experiment that the next Train starts
 * @property {Experiment} experiment
 * @property {Cell[] | null} cells null until the server has counted them
 * @property {Poll | null} poll
 * @property {boolean} edited whether it holds settings that nobody has trained yet
 * @property {Duration | null} duration null: not asked
 *
 * @typedef {object} Before what was shown before a preset was chosen, or the run was cleared
 * @property {Run} run
 * @property {Draft} draft
 * @property {View} view
 * @property {number[][]} lesions
 *
 * @typedef {{networks: number, parameters: number, seconds?: number | null, kept?: string | null}} Size of an experiment;
 *   parameters of all its networks together, seconds where the server can estimate them, and a sentence where not all of
 *   its checkpoints will be kept
 *
 * @typedef {object} Notice
 * @property {string} name a newer notice replaces one of the same name
 * @property {string} message
 * @property {boolean} bad
 * @property {{label: string, action: () => void} | null} offer
 *
 * @typedef {object} Side one of the two panels
 * @property {number} arm
 * @property {number} depth
 * @property {number} layers weight layers of its networks
 * @property {number} cell index into the columns
 * @property {string} name such as "Plain"
 *
 * @typedef {object} Overlay what analyses add to a side
 * @property {number[]} [lesions] blocks that are taken out
 * @property {Tested | null} [tested] what the network does without them
 * @property {Share[] | null} [shares] of what passes each join, one a block
 * @property {FilmFrame} [film] a moment of the film of a pass, drawn instead of the run's own gradients
 *
 * @typedef {Side & Overlay} DrawnSide
 *
 * @typedef {object} Tested
 * @property {string} blocks such as "block 5"
 * @property {number | null} [accuracy] medians; undefined while they are measured
 * @property {number | null} [loss]
 * @property {number | null} [whole] accuracy of the whole network
 * @property {string | null} [problem]
 *
 * @typedef {{shortcut: number, branch: number}} Share
 *
 * @typedef {object} FilmFrame
 * @property {boolean} forward
 * @property {number} front the layer that the signal has just reached
 * @property {number[]} column one number a layer, NaN where the signal has not been
 * @property {[number, number]} decades
 * @property {Share[] | undefined} shares
 *
 * @typedef {object} Film where the film of a pass is
 * @property {number | null} moment null: no film is shown
 * @property {boolean} playing
 * @property {boolean} slow
 *
 * @typedef {object} LayerMeta a layer in a diagram's meta
 * @property {number} number
 * @property {string} name
 * @property {string} kind
 * @property {string} reads
 * @property {string} gives
 * @property {number} weights
 * @property {number} block
 * @property {number} stage
 * @property {number} paths parallel ones
 *
 * @typedef {object} DiagramMeta
 * @property {number} depth
 * @property {number} blocks
 * @property {LayerMeta[]} layers
 * @property {number[][]} slots left, right, y, first block, last block, survival
 * @property {number[]} skips the first block that each drawn skip passes
 * @property {number[][] | null} [stands] layers that each node stands for, in a folded diagram
 * @property {Record<string, string>} words what parts of the diagram are
 * @property {string} join
 * @property {string} dash
 * @property {number} columns longest row of the networks of this depth
 * @property {number} length of this network's rows
 * @property {number} rows of the networks of this depth
 * @property {number} used_rows
 * @property {boolean} noted words stand under the last row of one of these networks
 * @property {LargeBlock | null} block its first one with its parts named, where it needs one row
 *
 * @typedef {object} LargeBlock
 * @property {[string, string, string][]} parts kind, name and words of each, from x to y
 * @property {number | null} join index of the part that joins
 * @property {[string, string] | null} skip name and words
 * @property {[string, string] | null} gate name and words
 *
 * @typedef {Record<string, any>} PlotlyPart a trace, an axis or a layout as Plotly has them: anything
 *
 * @typedef {object} Diagram
 * @property {PlotlyPart[]} data
 * @property {PlotlyPart & {meta: DiagramMeta}} layout
 *
 * @typedef {object} Question what the page looks at of a question of any kind
 * @property {string} kind
 * @property {number} [depth]
 * @property {number[]} [blocks]
 * @property {string} [setting]
 * @property {number} [target]
 *
 * @typedef {Omit<import("./wire.js").Analysis, "question"> & {question: Question, before?: true}} AnalysisEvent before:
 *   its finding, question and step are those of the answer before it
 *
 * @typedef {object} Picture one chart: what Plotly draws and what it is called
 * @property {string} title
 * @property {string} about
 * @property {PlotlyPart[]} traces
 * @property {PlotlyPart} [x] parts of the axis
 * @property {PlotlyPart} [y]
 * @property {PlotlyPart} [y2] of a second vertical axis, on the right
 * @property {{low: string, high: string, label: string}} [ramp] ends of the colour scale, where it has one without a key
 * @property {Surface} [z] a surface in three dimensions, drawn by the other bundle
 * @property {boolean} [solid] whether the surface is drawn, where the browser can
 *
 * @typedef {object} Surface
 * @property {number[]} x
 * @property {number[]} y
 * @property {(number | null)[][]} z
 * @property {number} low
 * @property {number} high
 * @property {number | null} level of the line on it
 *
 * @typedef {{heads: string[], rows: string[][]}} Numbers
 *
 * @typedef {object} Field a choice beside the button
 * @property {string} name of the question's field
 * @property {string} label
 * @property {[string, string][]} choices value and words; the first is the default
 * @property {boolean} [drawing] it changes how the answer is drawn, and is not asked
 *
 * @typedef {object} Action a button that asks
 * @property {string} label
 * @property {Question} question the depth and the fields are added
 *
 * @typedef {Record<string, string>} Choices chosen values of the fields
 *
 * @typedef {import("../view/panels/analyses.js").Lab} Lab
 * @typedef {import("./scene.js").Scene} Scene
 */

/**
 * An analysis that has found something.
 * @template {Finding} F
 * @typedef {Omit<AnalysisEvent, "finding"> & {finding: F}} Answer
 */

/**
 * What the page needs of an analysis whose findings are ``F``; the server's record of it has the name and the label.
 *
 * about: one or two sentences of explanation. more: what the small charts below are.
 * everyDepth: its question has no depth.
 * shows: whether its tab can draw an answer. prefers: whether it is the one that is asked for; until there is one, the
 * newest other is shown. pictures: two large ones, then at most three small ones. origin: what was
 * analysed, in words, where it is not a checkpoint. overlay: what it adds to the diagrams. controls: template beside
 * the buttons. below: template under them. start: called once, when it is loaded.
 * @template {Finding} F
 * @typedef {{
 *   about: string,
 *   more?: string,
 *   actions: Action[],
 *   fields: Field[],
 *   everyDepth?: boolean,
 *   shows?(event: Omit<AnalysisEvent, "finding"> & {finding: F | null}): boolean,
 *   prefers?(event: AnalysisEvent, view: View): boolean,
 *   pictures(answer: Answer<F>, scene: Scene, choices: Choices): Picture[],
 *   numbers(answer: Answer<F>, scene: Scene): Numbers,
 *   origin?(answer: Answer<F>): string | null,
 *   overlay?(answer: Answer<F>, side: Side, film: Film): Overlay,
 *   controls?(lab: Lab): unknown,
 *   below?(lab: Lab): unknown,
 *   start?(lab: Lab): void,
 * }} Kind
 */

/** @typedef {Kind<Finding> & import("./records.js").AnalysisRecord} NamedKind */
export {};
