/** One workload: its figures in a row, and below them chart, last decision and cold starts. */
// @ts-check
import { wake } from './api-client.js';
import { ColdStarts } from './cold-starts.js';
import { DecisionView } from './decision-view.js';
import { DemandMeter } from './demand-meter.js';
import { element, setAttribute, setText } from './element.js';
import { figure, wholeSeconds } from './format.js';
import { ReplicasChart } from './replicas-chart.js';
import { RequestLine } from './request-line.js';

/**
 * @typedef {import('./store.js').Workload} Workload
 * @typedef {import('@rouse/contract').WorkloadStatus} WorkloadStatus
 */

let cards = 0;

export class WorkloadCard {
  root = element('article', 'card');
  open = true;
  #key;
  #state = element('span', 'state');
  #stateText = element('span', 'state-text');
  #replicas = figureCell('Replicas');
  #held = figureCell('Held');
  #inFlight = figureCell('In flight');
  #rps = figureCell('Requests/s');
  #sleeps = figureCell('Sleeps in');
  #demand = new DemandMeter();
  #spark = new ReplicasChart(true);
  #chart = new ReplicasChart(false);
  #decision = new DecisionView();
  #cold = new ColdStarts();
  #request = new RequestLine();
  #faults = element('ul', 'faults');
  #wake = element('button', 'wake', 'Wake');
  #wakeAnswer = element('p', 'wake-answer');
  #toggle = element('button', 'toggle');
  #body = element('div', 'card-body');
  #faultsShown = '';

  /** @param {WorkloadStatus} status @param {() => void} onToggle */
  constructor(status, onToggle) {
    this.#key = `${status.namespace}/${status.name}`;
    const id = `card-${++cards}`;
    const title = element('h2', '', status.name);
    title.id = `${id}-title`;
    title.title = this.#key;
    this.#body.id = `${id}-body`;
    this.root.setAttribute('aria-labelledby', title.id);
    this.root.dataset.key = this.#key;
    this.#toggle.type = 'button';
    this.#toggle.setAttribute('aria-controls', this.#body.id);
    this.#toggle.append(element('span', 'hidden', `Details of ${this.#key}`));
    this.#toggle.addEventListener('click', () => {
      this.setOpen(!this.open);
      onToggle();
    });
    this.#wake.type = 'button';
    this.#wake.setAttribute('aria-label', `Wake ${this.#key}`);
    this.#wake.addEventListener('click', () => this.#askToWake(status));
    this.#wakeAnswer.setAttribute('role', 'status');
    const demand = element('div', 'cell wide', this.#demand.root);
    const name = element('div', 'name', this.#state, element('div', '', title, this.#stateText));
    const actions = element('div', 'actions', this.#wake, this.#toggle);
    const cells = [this.#replicas, this.#held, this.#inFlight, this.#rps, this.#sleeps].map((cell) => cell.root);
    const head = element('header', 'card-head', name, this.#spark.root, demand, ...cells, actions);
    this.#body.append(
      panel('Replicas, last 5 min', 'panel chart-panel', this.#chart.legend, this.#chart.root),
      panel('Last decision', 'panel', this.#decision.root),
      panel('Last cold starts', 'panel', this.#cold.root),
      this.#request.root,
    );
    this.root.append(head, this.#wakeAnswer, this.#faults, this.#body);
    this.setOpen(true);
  }

  /** @param {boolean} open */
  setOpen(open) {
    this.open = open;
    this.#body.hidden = !open;
    this.root.classList.toggle('closed', !open);
    this.#toggle.setAttribute('aria-expanded', String(open));
  }

  /** @param {Workload} workload @param {import('./store.js').Transition[]} coldStarts newest first */
  update({ status }, coldStarts) {
    const blocked = status.blocked !== null;
    setAttribute(this.root, 'data-state', blocked ? 'blocked' : status.state);
    setText(this.#stateText, stateWords(status));
    setText(this.#replicas.value, `${status.ready}/${status.desired ?? status.replicas}`);
    setAttribute(
      this.#replicas.root,
      'title',
      `${status.ready} ready, ${status.replicas} in the API, ${status.desired ?? 'none'} decided`,
    );
    setText(this.#held.value, figure(status.held));
    this.#held.root.classList.toggle('hot', status.held > 0);
    setText(this.#inFlight.value, figure(status.inFlight));
    setText(this.#rps.value, figure(status.rps));
    this.#wake.disabled = status.state !== 'asleep';
    this.#demand.update(status);
    this.#decision.update(status.lastDecision, Date.now());
    this.#cold.update(coldStarts, Date.now());
    this.#request.update(status);
    this.#showFaults(status);
  }

  /** What moves by itself between events. @param {Workload} workload */
  tick({ status, receivedAtMs, samples }) {
    const leftMs = status.sleepsInMs === null ? null : status.sleepsInMs - (performance.now() - receivedAtMs);
    setText(this.#sleeps.value, leftMs === null ? '–' : leftMs <= 0 ? 'now' : wholeSeconds(leftMs));
    this.#sleeps.root.classList.toggle('soon', leftMs !== null && leftMs < 10_000);
    (this.open ? this.#chart : this.#spark).update(samples);
  }

  remove() {
    this.#chart.destroy();
    this.#spark.destroy();
    this.root.remove();
  }

  restyle() {
    this.#chart.restyle();
    this.#spark.restyle();
  }

  /** @param {WorkloadStatus} status */
  #showFaults({ blocked, problems, unmanaged }) {
    const shown = JSON.stringify([blocked, problems, unmanaged]);
    if (shown === this.#faultsShown) return;
    this.#faultsShown = shown;
    const items = problems.map((problem) => element('li', 'problem', element('b', '', 'Problem '), problem));
    if (blocked !== null) {
      items.unshift(element('li', 'blocked', element('b', '', `Blocked: ${blocked.code} `), blocked.message));
    }
    if (unmanaged !== null) items.push(element('li', 'unmanaged', element('b', '', 'Left alone '), unmanaged));
    this.#faults.replaceChildren(...items);
  }

  /** @param {WorkloadStatus} status */
  async #askToWake({ namespace, name }) {
    this.#wake.disabled = true;
    setText(this.#wakeAnswer, 'Asking the operator…');
    const { ok, message } = await wake(namespace, name);
    this.#wakeAnswer.classList.toggle('failed', !ok);
    setText(this.#wakeAnswer, ok ? message : `Not woken: ${message}`);
    if (!ok) this.#wake.disabled = false;
    setTimeout(() => setText(this.#wakeAnswer, ''), ok ? 3000 : 15_000);
  }
}

/** @param {string} label */
function figureCell(label) {
  const value = element('span', 'value', '–');
  return { root: element('div', 'cell', element('span', 'label', label), value), value };
}

/** @param {string} title @param {string} className @param {...Node} children */
function panel(title, className, ...children) {
  return element('section', className, element('h3', '', title), ...children);
}

/** @param {WorkloadStatus} status */
function stateWords({ namespace, state, blocked, unmanaged, minScale, maxScale }) {
  const range = `${minScale}–${maxScale === 0 ? '∞' : maxScale}`;
  const words = blocked !== null ? 'blocked' : unmanaged !== null ? `${state}, left alone` : state;
  return `${words} · ${range} pods · ${namespace}`;
}
