/** Keeps one proxy's `GET /v1/reports` open: reconnects with jittered backoff, and when it falls silent. */
import type { ClientRequest } from 'node:http';
import type { Report } from '@rouse/contract';
import { type ControlTarget, openControlRequest } from './control-request.ts';
import { EventStreamParser } from './event-stream-parser.ts';
import { readReport } from './read-report.ts';

/** A proxy reports every second; after three missed beats the stream counts as dead. */
export const SILENT_STREAM_MS = 3000;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 1000;

export interface ReportStreamEvents {
  onReport(report: Report): void;
  /** The stream ended or never began; it is tried again by itself. */
  onBroken(reason: string): void;
}

export class ReportStream {
  readonly #target: ControlTarget;
  readonly #events: ReportStreamEvents;
  readonly #random: () => number;
  #request: ClientRequest | null = null;
  #cancelTimer: () => void = () => {};
  #failures = 0;
  #closed = false;

  /** @param random 0 ≤ n < 1, spreads reconnects */
  constructor(target: ControlTarget, events: ReportStreamEvents, random: () => number) {
    this.#target = target;
    this.#events = events;
    this.#random = random;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#request?.destroy();
  }

  #open(): void {
    const request = openControlRequest(this.#target, 'GET', '/v1/reports', { accept: 'text/event-stream' });
    this.#request = request;
    this.#watch(request);
    const broken = (reason: string): void => this.#broken(request, reason);
    request.on('error', (error) => broken(error.message));
    request.on('response', (response) => {
      const type = String(response.headers['content-type'] ?? '');
      if (response.statusCode !== 200 || !type.startsWith('text/event-stream')) {
        broken(`answered ${response.statusCode} ${type}`);
        return;
      }
      const parser = new EventStreamParser((data) => this.#received(request, data));
      response.on('data', (chunk: Buffer) => {
        if (!parser.push(chunk)) broken('an event is too large');
      });
      response.on('error', (error) => broken(error.message));
      response.on('end', () => broken('ended'));
    });
    request.end();
  }

  #received(request: ClientRequest, data: string): void {
    if (request !== this.#request) return;
    const report = readReport(data);
    if (report === null) {
      this.#broken(request, 'an event is not a report');
      return;
    }
    this.#failures = 0;
    this.#watch(request);
    this.#events.onReport(report);
  }

  #watch(request: ClientRequest): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#target.clock.after(SILENT_STREAM_MS, () =>
      this.#broken(request, `no report for ${SILENT_STREAM_MS} ms`),
    );
  }

  /** Only the first fault of a stream counts; what a destroyed one still says does not. */
  #broken(request: ClientRequest, reason: string): void {
    if (this.#closed || request !== this.#request) return;
    this.#request = null;
    request.destroy();
    this.#cancelTimer();
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#cancelTimer = this.#target.clock.after(waitMs * (0.5 + this.#random() / 2), () => this.#open());
    this.#events.onBroken(reason);
  }
}
