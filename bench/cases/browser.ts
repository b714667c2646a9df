/** A GET with the head a browser sends, and an answer with the head a browser gets. */
import { PLAIN_HOST } from '../peers/peer.ts';
import { closedLoopCase } from './cpu-case.ts';
import { KEPT_ALIVE } from './targets.ts';

const fields = [
  'Connection: keep-alive',
  'sec-ch-ua: "Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
  'sec-ch-ua-mobile: ?0',
  'sec-ch-ua-platform: "Linux"',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-User: ?1',
  'Sec-Fetch-Dest: document',
  'Referer: https://hello.default.example.com/account/orders?page=3&sort=date',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7',
  `Cookie: session=${'3f8a1c5e9b7d4f20'.repeat(12)}; _ga=GA1.1.1203948571.1732700000; consent=${'a1b2c3d4'.repeat(24)}`,
];

export const browserCase = closedLoopCase('browser', 'GET, browser-size heads, 32 connections', 'request', KEPT_ALIVE, {
  request: { host: PLAIN_HOST, path: '/browser', fields },
  connections: 32,
});
