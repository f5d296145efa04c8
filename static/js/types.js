/**
 * The shapes of what the modules hand each other. Types only: nothing here runs.
 *
 * @typedef {"plain" | "residual"} Connection
 *
 * @typedef {object} Arm
 * @property {string} connection
 * @property {string} normalisation
 * @property {string} activation
 * @property {string} initialisation
 * @property {number} skip_scale
 * @property {number | null} learning_rate
 * @property {string} [shortcut]
 * @property {number} [cardinality]
 * @property {number} [widen]
 * @property {number} [gate_bias]
 * @property {number} [growth]
 * @property {number} [compression]
 * @property {number} [survival]
 * @property {string} [stride_at]
 *
 * @typedef {object} Experiment
 * @property {string} dataset
 * @property {string} family
 * @property {number} width
 * @property {number[]} depths
 * @property {Arm[]} arms
 * @property {number} seed
 * @property {number} seeds
 * @property {string} optimiser
 * @property {number} learning_rate
 * @property {number} momentum
 * @property {number} weight_decay
 * @property {number} batch_size
 * @property {number} steps
 * @property {number} evaluate_every
 * @property {number[]} [learning_rates] the grid of fair mode
 * @property {string} [schedule]
 * @property {number} [warm_up]
 * @property {boolean} [augment]
 * @property {string} [precision]
 *
 * @typedef {object} Preset
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {Experiment} experiment
 *
 * @typedef {(number | null)[]} Column
 * @typedef {Column[]} Band median, low, high over the seeds; one number a cell in each
 *
 * @typedef {object} Envelope
 * @property {string} type
 * @property {string} [run]
 * @property {number} [epoch]
 * @property {number} [seq]
 *
 * @typedef {Envelope & Record<string, any>} WireEvent
 *
 * @typedef {object} Frame
 * @property {number} step
 * @property {number} seconds
 * @property {Band} loss
 * @property {string} weight_gradients
 * @property {string} activation_gradients
 * @property {string} activations
 *
 * @typedef {object} Words
 * @property {string[]} cells
 * @property {string[]} depths
 * @property {string} overall
 *
 * @typedef {object} Evaluation
 * @property {number} step
 * @property {number} seconds
 * @property {Band} test_accuracy
 * @property {Band} test_loss
 * @property {Band | null} training_loss
 * @property {Band | null} training_accuracy
 * @property {string[] | null} regions
 * @property {Words} words
 * @property {(number | null)[] | null} best fair mode: the best cell of every (arm, depth), null where all diverged
 *
 * @typedef {object} Run
 * @property {string | null} id null for the recorded run
 * @property {boolean} recorded
 * @property {Experiment} experiment
 * @property {Record<string, any>} provenance
 * @property {string} state
 * @property {string | null} reason
 * @property {number | null} position place in the queue, from 1
 * @property {number} step
 * @property {Frame[]} frames
 * @property {Evaluation[]} evaluations
 * @property {{step: number, networks: number[], cells: number[]}[]} diverged
 * @property {{step: number, learning_rate: number, arm: number | null}[]} rates
 * @property {number[]} kept steps whose weights can be asked, ascending
 * @property {import("./analyses/types.js").AnalysisEvent[]} analyses the last word of each, oldest first
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
 * @property {"regions" | "gradients"} tab
 * @property {"auto" | "light" | "dark"} theme
 * @property {boolean} presenter
 * @property {string} analysis the tab of the analyses that is chosen
 * @property {number} target test accuracy that convergence is measured to, 0 to 1
 *
 * @typedef {object} Settings what the URL hash holds
 * @property {string | null} preset
 * @property {Experiment} experiment
 * @property {View} view
 * @property {string | null} run
 *
 * @typedef {object} Problem
 * @property {string} field
 * @property {string} message
 *
 * @typedef {object} Side one of the two panels
 * @property {number} arm
 * @property {number} depth
 * @property {number} layers weight layers of its networks
 * @property {number} cell index into the columns
 * @property {string} name such as "Plain"
 * @property {number[]} [lesions] blocks that are taken out
 * @property {{shortcut: number, branch: number}[] | null} [shares] of what passes each join, one a block
 * @property {Cut | null} [cut] what the network does without the blocks that are taken out
 * @property {Film} [film] a moment of the flow film, drawn instead of the run's own gradients
 *
 * @typedef {object} Cut
 * @property {string} blocks such as "block 5"
 * @property {number | null} [accuracy] medians; undefined while they are measured
 * @property {number | null} [loss]
 * @property {number | null} [whole] accuracy of the whole network
 * @property {string | null} [problem]
 *
 * @typedef {object} Film
 * @property {boolean} forward
 * @property {number} front the layer that the signal has just reached
 * @property {number[]} column one number a layer, NaN where the signal has not been
 * @property {[number, number]} decades
 * @property {{shortcut: number, branch: number}[]} shares
 *
 * @typedef {object} Told what a diagram's meta says of a layer
 * @property {number} number
 * @property {string} name
 * @property {string} kind
 * @property {string} reads
 * @property {string} gives
 * @property {number} weights
 * @property {number} block
 * @property {number} stage
 *
 * @typedef {object} Diagram
 * @property {any[]} data
 * @property {any} layout
 */
export {};
