/** Where a workload is reached: a command that works, ready to copy, and its hosts. */
// @ts-check
import { element, setText } from './element.js';

const SHOWN_HOSTS = 2;

export class RequestLine {
  root = element('footer', 'request');
  #command = element('code', 'command');
  #copy = element('button', 'quiet copy', 'Copy');
  #hosts = element('span', 'hosts');

  constructor() {
    this.#copy.type = 'button';
    this.#copy.addEventListener('click', async () => {
      const copied = await navigator.clipboard?.writeText(this.#command.textContent ?? '').then(
        () => true,
        () => false,
      );
      this.#copy.textContent = copied ? 'Copied' : 'Select it by hand';
      setTimeout(() => setText(this.#copy, 'Copy'), 1500);
    });
    this.root.append(this.#command, this.#copy, this.#hosts);
  }

  /** @param {import('@rouse/contract').WorkloadStatus} status */
  update({ url, hosts }) {
    const command = curlLine(url, hosts);
    this.#command.hidden = command === null;
    this.#copy.hidden = command === null;
    setText(this.#command, command ?? '');
    const more = hosts.length - SHOWN_HOSTS;
    setText(this.#hosts, hosts.slice(0, SHOWN_HOSTS).join(' · ') + (more > 0 ? ` and ${more} more` : ''));
    this.#hosts.title = hosts.join('\n');
  }
}

/** Null without an address to dial. @param {string | null} url @param {readonly string[]} hosts */
function curlLine(url, hosts) {
  if (url === null || !URL.canParse(url)) return null;
  const host = hosts.find((one) => !one.includes('*') && !one.includes('/'));
  if (host === undefined || new URL(url).hostname === host) return `curl ${url}`;
  return `curl -H 'Host: ${host}' ${url}`;
}
