/** A small neural network (two hidden layers, ReLU, softmax) with dropout: trained by gradient descent, sampled to predict. */

/** Uniform numbers in [0, 1) from a seed: mulberry32, so that training and predictions repeat exactly. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

export interface Network {
  readonly layers: readonly Layer[];
  /** Share of hidden units left out in each pass, also when predicting (Gal & Ghahramani 2016, arXiv:1506.02142). */
  readonly dropout: number;
}

/** He initialisation: weights with variance 2 / inputs. */
export function createNetwork(sizes: readonly number[], dropout: number, random: () => number): Network {
  const layers = sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index]!;
    const spread = Math.sqrt(2 / inputs);
    const weights = Float64Array.from({ length: inputs * outputs }, () => {
      const gaussian = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return gaussian * spread;
    });
    return { inputs, outputs, weights, biases: new Float64Array(outputs) };
  });
  return { layers, dropout };
}

/** One pass with a fresh dropout mask; returns each layer's activations, the last being class probabilities. */
export function forward(network: Network, input: Float64Array, random: () => number): Float64Array[] {
  const activations = [input];
  const keep = 1 - network.dropout;
  network.layers.forEach((layer, index) => {
    const isLast = index === network.layers.length - 1;
    const previous = activations[index]!;
    const output = new Float64Array(layer.outputs);
    for (let unit = 0; unit < layer.outputs; unit++) {
      if (!isLast && random() >= keep) continue;
      let sum = layer.biases[unit]!;
      const start = unit * layer.inputs;
      for (let from = 0; from < layer.inputs; from++) sum += layer.weights[start + from]! * previous[from]!;
      output[unit] = isLast ? sum : Math.max(0, sum) / keep;
    }
    if (isLast) softmax(output);
    activations.push(output);
  });
  return activations;
}

function softmax(values: Float64Array): void {
  const highest = Math.max(...values);
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] = Math.exp(values[index]! - highest);
  for (let index = 0; index < values.length; index++) values[index]! /= total;
}

/** One step of stochastic gradient descent on the cross entropy of `label`. */
export function learn(network: Network, input: Float64Array, label: number, rate: number, random: () => number): void {
  const activations = forward(network, input, random);
  const keep = 1 - network.dropout;
  let gradient = Float64Array.from(activations.at(-1)!, (probability, unit) => probability - (unit === label ? 1 : 0));
  for (let index = network.layers.length - 1; index >= 0; index--) {
    const layer = network.layers[index]!;
    const previous = activations[index]!;
    const before = new Float64Array(layer.inputs);
    for (let unit = 0; unit < layer.outputs; unit++) {
      const slope = gradient[unit]!;
      if (slope === 0) continue;
      const start = unit * layer.inputs;
      for (let from = 0; from < layer.inputs; from++) {
        before[from]! += slope * layer.weights[start + from]!;
        layer.weights[start + from]! -= rate * slope * previous[from]!;
      }
      layer.biases[unit]! -= rate * slope;
    }
    if (index > 0) gradient = before.map((slope, unit) => (previous[unit]! > 0 ? slope / keep : 0));
  }
}
