/** Classifies irises by their measures, with an honest uncertainty: many passes with dropout, their mean and spread. */
import { readFileSync } from 'node:fs';
import { createNetwork, forward, learn, type Network, seededRandom } from './network.ts';

const species = ['setosa', 'versicolor', 'virginica'] as const;
const trainingEpochs = 500;
const learningRate = 0.01;
const dropout = 0.2;
const hiddenUnits = 64;
/** Passes per instance: about 35 ms of CPU each instance. */
const samples = 7000;

export interface Prediction {
  readonly species: string;
  readonly probability: number;
  /** Standard deviation of that probability over the passes. */
  readonly deviation: number;
}

export interface Model {
  readonly network: Network;
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** Share of the training rows classified rightly, 0–1. */
  readonly accuracy: number;
}

/** Trains from the CSV file (four measures in cm, species 0–2 per row; header line first). The same file gives the same model. */
export function train(csvPath: string): Model {
  const rows = readFileSync(csvPath, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const measures = rows.map((row) => row.slice(0, 4));
  const labels = rows.map((row) => row[4]!);
  const means = [0, 1, 2, 3].map((column) => average(measures.map((row) => row[column]!)));
  const deviations = means.map((mean, column) => Math.sqrt(average(measures.map((row) => (row[column]! - mean) ** 2))));
  const inputs = measures.map((row) => normalise(row, means, deviations));

  const random = seededRandom(1936);
  const network = createNetwork([4, hiddenUnits, hiddenUnits, species.length], dropout, random);
  for (let epoch = 0; epoch < trainingEpochs; epoch++) {
    for (let step = 0; step < inputs.length; step++) {
      const pick = Math.floor(random() * inputs.length);
      learn(network, inputs[pick]!, labels[pick]!, learningRate, random);
    }
  }
  const still = { ...network, dropout: 0 };
  const right = inputs.filter(
    (input, index) => highest(forward(still, input, random).at(-1)!) === labels[index],
  ).length;
  return { network, means, deviations, accuracy: right / rows.length };
}

/** @param instance sepal length, sepal width, petal length, petal width in cm */
export function predict(model: Model, instance: readonly number[]): Prediction {
  const random = seededRandom(42);
  const input = normalise(instance, model.means, model.deviations);
  const sums = new Float64Array(species.length);
  const squares = new Float64Array(species.length);
  for (let sample = 0; sample < samples; sample++) {
    const probabilities = forward(model.network, input, random).at(-1)!;
    for (let index = 0; index < species.length; index++) {
      sums[index]! += probabilities[index]!;
      squares[index]! += probabilities[index]! ** 2;
    }
  }
  const best = highest(sums);
  const mean = sums[best]! / samples;
  return {
    species: species[best]!,
    probability: mean,
    deviation: Math.sqrt(Math.max(0, squares[best]! / samples - mean ** 2)),
  };
}

function normalise(row: readonly number[], means: readonly number[], deviations: readonly number[]): Float64Array {
  return Float64Array.from(row, (value, column) => (value - means[column]!) / deviations[column]!);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function highest(values: Float64Array): number {
  return values.indexOf(Math.max(...values));
}
