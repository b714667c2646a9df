/** Starts the page: events into the store, the store onto the cards, once per frame. */
// @ts-check
import { Activity } from './activity.js';
import { call, rememberToken } from './api-client.js';
import { MOST_COLD_STARTS } from './cold-starts.js';
import { ConnectionView } from './connection-view.js';
import { byId, setText } from './element.js';
import { fillEmptyState } from './empty-state.js';
import { EventStream } from './event-stream.js';
import { Filter } from './filter.js';
import { Store } from './store.js';
import { Totals } from './totals.js';
import { WorkloadCard } from './workload-card.js';

/** More workloads than this start collapsed. */
const MOST_OPEN = 6;

const store = new Store();
/** @type {Map<string, WorkloadCard>} */
const cards = new Map();
const totals = new Totals(byId('totals'));
const activity = new Activity(byId('activity'));
const filter = new Filter(draw);
const stream = new EventStream(receive, connected);
const connection = new ConnectionView(() => stream.connect());
const list = byId('list');
const fold = byId('fold');
const tokenDialog = /** @type {HTMLDialogElement} */ (byId('token'));
let drawing = false;

fillEmptyState(byId('empty'));
fold.addEventListener('click', () => {
  const open = !anyOpen();
  for (const card of cards.values()) card.setOpen(open);
  tick();
});
tokenDialog.addEventListener('submit', (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  rememberToken(String(new FormData(form).get('token')));
  tokenDialog.close();
  stream.connect();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const card of cards.values()) card.restyle();
});
// In a hidden tab timers hardly run: what was missed comes from the operator's memory.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && connection.live) void loadHistory();
});
setInterval(() => {
  store.sample(connection.live);
  tick();
  draw();
}, 1000);
stream.connect();

/** @param {import('@rouse/contract').ApiEvent} event */
function receive(event) {
  store.apply(event);
  if (event.type === 'snapshot') void loadHistory();
  draw();
}

/** @param {import('./event-stream.js').Connection} state */
function connected(state) {
  if (state.state === 'unauthorized' && !tokenDialog.open) tokenDialog.showModal();
  connection.update(state);
}

async function loadHistory() {
  const answer = await call('/api/history').catch(() => null);
  if (answer?.ok) store.addHistory((await answer.json()).workloads);
  tick();
}

/** Many events in one frame are one drawing. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawNow();
  });
}

function drawNow() {
  const workloads = [...store.workloads.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const statuses = workloads.map((workload) => workload.status);
  totals.update(statuses);
  filter.count(statuses);
  activity.update(store.transitions);
  for (const [key, card] of cards) {
    if (store.workloads.has(key)) continue;
    card.remove();
    cards.delete(key);
  }
  let shown = 0;
  /** @type {Element | null} */
  let previous = null;
  for (const workload of workloads) {
    const card = cardOf(workload, workloads.length);
    card.root.hidden = !filter.fits(workload.status);
    if (!card.root.hidden) shown += 1;
    card.update(workload, store.coldStarts(workload.key, MOST_COLD_STARTS));
    /** @type {Element | null} */
    const place = previous === null ? list.firstElementChild : previous.nextElementSibling;
    if (place !== card.root) list.insertBefore(card.root, place);
    previous = card.root;
  }
  byId('empty').hidden = !store.known || workloads.length > 0;
  byId('nothing').hidden = shown > 0 || workloads.length === 0;
  fold.hidden = workloads.length === 0;
  setText(fold, anyOpen() ? 'Collapse all' : 'Expand all');
}

/** @param {import('./store.js').Workload} workload @param {number} count of all workloads */
function cardOf(workload, count) {
  let card = cards.get(workload.key);
  if (card === undefined) {
    card = new WorkloadCard(workload.status, draw);
    card.setOpen(count <= MOST_OPEN);
    cards.set(workload.key, card);
  }
  return card;
}

function tick() {
  connection.tick();
  for (const [key, card] of cards) {
    const workload = store.workloads.get(key);
    if (workload) card.tick(workload);
  }
}

function anyOpen() {
  return [...cards.values()].some((card) => card.open);
}
