// The peer: the networks of a fully connected sweep in TensorFlow.js on its WebAssembly backend, as anyone would
// write them there, one network after another. Reads one JSON object from standard input, writes one:
//   in  {x, y, inputs, classes, width, learningRate, momentum, norm, networks: [{depth, skip}], steps, warmUp}
//   out {version, backend, simd, seconds, losses}: one number a network, after ``steps`` steps
// One thread. No weight decay, which its optimiser does not have: that spares it work.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');

const EPSILON = 1e-5;

function variables({inputs, classes, width, norm}, depth) {
  const layers = [];
  for (let number = 0; number < depth; number++) {
    const into = number === 0 ? inputs : width;
    const last = number === depth - 1;
    const out = last ? classes : width;
    const layer = {weight: tf.variable(tf.randomNormal([into, out], 0, Math.sqrt((last ? 1 : 2) / into)))};
    if (norm && !last) {
      layer.gain = tf.variable(tf.ones([out]));
      layer.shift = tf.variable(tf.zeros([out]));
    } else layer.bias = tf.variable(tf.zeros([out]));
    layers.push(layer);
  }
  return layers;
}

// batch norm with the batch's own mean and variance, as in training
function normalised(z, {gain, shift}) {
  const {mean, variance} = tf.moments(z, 0);
  return tf.batchNorm(z, mean, variance, shift, gain, EPSILON);
}

function layered(h, layer) {
  const z = tf.matMul(h, layer.weight);
  return layer.gain ? normalised(z, layer) : tf.add(z, layer.bias);
}

function logits(x, layers, skip) {
  let h = tf.relu(layered(x, layers[0]));
  for (let number = 1; number < layers.length - 1; number += 2) {
    const f = layered(tf.relu(layered(h, layers[number])), layers[number + 1]);
    h = tf.relu(skip ? tf.add(f, h) : f);
  }
  return layered(h, layers[layers.length - 1]);
}

function train(job, {depth, skip}, x, y) {
  const layers = variables(job, depth);
  const trained = layers.flatMap(layer => Object.values(layer));
  const optimizer = tf.train.momentum(job.learningRate, job.momentum);
  const step = () =>
    optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, logits(x, layers, skip)), true, trained);
  const run = count => {
    let loss;
    for (let i = 0; i < count; i++) {
      loss?.dispose();
      loss = step();
    }
    return loss.dataSync()[0];
  };
  run(job.warmUp);
  const start = performance.now();
  const loss = run(job.steps);
  const seconds = (performance.now() - start) / 1000;
  tf.dispose(trained);
  optimizer.dispose();
  return {seconds, loss};
}

const job = JSON.parse(readFileSync(0, 'utf8'));
const folder = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
wasm.setWasmPaths(`${folder}/`);
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
if (!(await tf.setBackend('wasm'))) throw new Error('the WebAssembly backend did not start');
const x = tf.tensor2d(job.x);
const y = tf.oneHot(tf.tensor1d(job.y, 'int32'), job.classes);
const results = job.networks.map(network => train(job, network, x, y));
const answer = {
  version: tf.version.tfjs,
  backend: tf.getBackend(),
  simd: await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'),
  seconds: results.map(result => result.seconds),
  losses: results.map(result => result.loss),
};
process.stdout.write(JSON.stringify(answer));
process.exit(0);
