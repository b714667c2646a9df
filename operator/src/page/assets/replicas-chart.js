/** Replicas and demand over the last minutes: large with axes, or small as a line in a collapsed row. */
// @ts-check
import uPlot from '/uplot.js';
import { element, setAttribute, setText } from './element.js';
import { figure, wholeSeconds } from './format.js';
import { WINDOW_S } from './store.js';

/** @typedef {import('./store.js').Sample} Sample */

const COUNT_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const stepped = uPlot.paths.stepped?.({ align: 1 });

export class ReplicasChart {
  root;
  /** Says the figures under the pointer, else those of now. */
  legend = element('p', 'chart-legend');
  #compact;
  /** @type {uPlot | null} */
  #plot = null;
  /** @type {Sample[]} */
  #samples = [];
  #visible = false;
  #swatches;

  /** @param {boolean} compact */
  constructor(compact) {
    this.#compact = compact;
    this.root = element('div', compact ? 'chart small' : 'chart');
    this.root.setAttribute('role', 'img');
    this.#swatches = ['ready', 'wanted', 'demand'].map((name) => {
      const value = element('b', '', '–');
      this.legend.append(
        element('span', `key ${name}`, element('i'), `${name === 'demand' ? 'demand' : name} `, value),
      );
      return value;
    });
    new IntersectionObserver((entries) => {
      this.#visible = entries.at(-1)?.isIntersecting ?? false;
      this.#draw();
    }).observe(this.root);
    new ResizeObserver(() => this.#draw()).observe(this.root);
  }

  /** @param {Sample[]} samples */
  update(samples) {
    this.#samples = samples;
    this.#draw();
  }

  /** Colours follow the scheme: the next drawing starts anew. */
  restyle() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#draw();
  }

  /** Lets go of what it listens to in the window. */
  destroy() {
    this.#visible = false;
    this.#plot?.destroy();
    this.#plot = null;
  }

  #draw() {
    const width = Math.floor(this.root.clientWidth);
    const height = Math.floor(this.root.clientHeight);
    if (!this.#visible || width < 20 || height < 16) return;
    const data = toColumns(this.#samples);
    if (this.#plot === null) this.#plot = new uPlot(this.#options(width, height), data, this.root);
    else {
      if (this.#plot.width !== width || this.#plot.height !== height) this.#plot.setSize({ width, height });
      this.#plot.setData(data);
    }
    this.#say(this.#plot.cursor.idx ?? null);
    setAttribute(this.root, 'aria-label', summary(this.#samples));
  }

  /** @param {number | null} index a sample, or null for now */
  #say(index) {
    if (this.#compact) return;
    const sample = (index === null ? this.#samples.at(-1) : this.#samples[index]) ?? null;
    const figures = [sample?.ready, sample?.wanted, sample?.demand];
    this.#swatches.forEach((value, i) => {
      setText(value, typeof figures[i] === 'number' ? figure(figures[i]) : '–');
    });
  }

  /** @param {number} width @param {number} height @returns {uPlot.Options} */
  #options(width, height) {
    const style = getComputedStyle(this.root);
    /** @param {string} name */
    const colour = (name) => style.getPropertyValue(name).trim();
    const font = `11px ${style.fontFamily}`;
    const shown = !this.#compact;
    /** @type {uPlot.Axis} */
    const axis = { show: shown, font, stroke: colour('--muted'), ticks: { show: false }, gap: 6 };
    return {
      width,
      height,
      legend: { show: false },
      cursor: shown ? { y: false, drag: { x: false, y: false }, points: { size: 7 } } : { show: false },
      padding: shown ? [6, 4, 0, 0] : [2, 0, 1, 0],
      scales: {
        x: { time: false, range: [-WINDOW_S, 0] },
        pods: { range: (_, _min, max) => [0, Math.max(1, max ?? 1) * 1.12] },
        demand: { range: (_, _min, max) => [0, Math.max(1, max ?? 1) * 1.12] },
      },
      axes: [
        {
          ...axis,
          size: 24,
          space: 60,
          incrs: [60, 120],
          grid: { show: false },
          values: (_, ticks) => ticks.map((tick) => (tick === 0 ? 'now' : `${-tick / 60} min`)),
        },
        {
          ...axis,
          scale: 'pods',
          size: 30,
          space: 22,
          incrs: COUNT_STEPS,
          grid: { stroke: colour('--line'), width: 1 },
        },
        {
          ...axis,
          scale: 'demand',
          side: 1,
          size: 36,
          space: 22,
          incrs: COUNT_STEPS,
          stroke: colour('--demand'),
          grid: { show: false },
        },
      ],
      series: [
        {},
        series('pods', colour('--awake'), 1.5, { fill: colour('--awake-soft') }),
        series('pods', colour('--text'), 1, { dash: [3, 3] }),
        series('demand', colour('--demand'), shown ? 1.25 : 1, {}),
      ],
      hooks: { setCursor: [(plot) => this.#say(plot.cursor.idx ?? null)] },
    };
  }
}

/** @param {string} scale @param {string} stroke @param {number} width @param {Partial<uPlot.Series>} more @returns {uPlot.Series} */
function series(scale, stroke, width, more) {
  /** @type {uPlot.Series} */
  const made = { scale, stroke, width, points: { show: false }, ...more };
  if (stepped) made.paths = stepped;
  return made;
}

/** @param {Sample[]} samples @returns {uPlot.AlignedData} */
function toColumns(samples) {
  const nowMs = samples.at(-1)?.atMs ?? 0;
  return [
    samples.map((sample) => (sample.atMs - nowMs) / 1000),
    samples.map((sample) => sample.ready),
    samples.map((sample) => sample.wanted),
    samples.map((sample) => sample.demand),
  ];
}

/** The chart in a sentence, for those who do not see it. @param {Sample[]} samples */
function summary(samples) {
  const ready = samples.flatMap((sample) => (sample.ready === null ? [] : [sample.ready]));
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || ready.length === 0) return 'Ready replicas: nothing recorded yet';
  const span = wholeSeconds(last.atMs - first.atMs);
  return `Ready replicas over the last ${span}: between ${Math.min(...ready)} and ${Math.max(...ready)}, now ${ready.at(-1)}`;
}
