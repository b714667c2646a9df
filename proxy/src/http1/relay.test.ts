/** Bytes in against bytes at a recording backend, and back: every case whole and byte by byte, on both transports. */
import { afterEach, expect, test } from 'vitest';
import { addedToRequest, type Peer, type Rig, startRig, transports, VIA } from './http1-fixture.ts';

let rig: Rig;
afterEach(() => rig.stop());

const DATE = 'Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n';
const HOST = 'Host: app.test\r\n';
const ADDED = addedToRequest('app.test');
const ADDED_10 = ADDED.replace('1.1', '1.0');
const BACK = `Via: 1.1 ${VIA}\r\n`;
const LONG = 'x'.repeat(40_000);

interface Case {
  readonly name: string;
  readonly request: string;
  readonly podGets: string;
  readonly response: string;
  readonly clientGets: string;
  /** The pod closes after its response. */
  readonly podCloses?: true;
  /** The client's connection is closed after the response. */
  readonly clientClosed?: true;
  /** The connection to the pod is not used again. */
  readonly podClosed?: true;
  /** Too long for one byte at a time. */
  readonly wholeOnly?: true;
}

const OK = `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 2\r\n`;
const ok = { response: `${OK}\r\nhi`, clientGets: `${OK}${BACK}\r\nhi` };

function get(fields = '', host = HOST): string {
  return `GET / HTTP/1.1\r\n${host}${fields}\r\n`;
}
const plain = { request: get(), podGets: get(ADDED) };

const cases: readonly Case[] = [
  { name: 'a GET', ...plain, ...ok },
  {
    name: 'fields keep order, case and duplicates, and lose odd white space',
    request: get('X-One: 1\r\nx-one:two\r\nX-Empty:\r\nX-Tab:\t a \t b \t\r\nCookie: a=b\r\n'),
    podGets: get(`X-One: 1\r\nx-one: two\r\nX-Empty: \r\nX-Tab: a \t b\r\nCookie: a=b\r\n${ADDED}`),
    ...ok,
  },
  {
    name: 'bytes from 128 in target and values',
    request: `GET /caf\xc3\xa9 HTTP/1.1\r\n${HOST}X: \xe9\xff\r\n\r\n`,
    podGets: `GET /caf\xc3\xa9 HTTP/1.1\r\n${HOST}X: \xe9\xff\r\n${ADDED}\r\n`,
    ...ok,
  },
  {
    name: 'an empty line before the request line',
    request: `\r\n${plain.request}`,
    podGets: plain.podGets,
    ...ok,
  },
  {
    name: 'HTTP/1.7 is 1.1',
    request: `GET / HTTP/1.7\r\n${HOST}\r\n`,
    podGets: plain.podGets,
    ...ok,
  },
  {
    name: 'absolute-form replaces Host and becomes origin-form',
    request: `GET http://App.Test:80/a?b HTTP/1.1\r\nX: 1\r\nHost: other.test\r\n\r\n`,
    podGets: `GET /a?b HTTP/1.1\r\nX: 1\r\nHost: App.Test:80\r\n${addedToRequest('App.Test:80')}\r\n`,
    ...ok,
  },
  {
    name: 'absolute-form with a query and no path',
    request: `GET http://app.test?b HTTP/1.1\r\n${HOST}\r\n`,
    podGets: `GET /?b HTTP/1.1\r\n${HOST}${ADDED}\r\n`,
    ...ok,
  },
  {
    name: 'OPTIONS *',
    request: `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
    podGets: `OPTIONS * HTTP/1.1\r\n${HOST}${ADDED}\r\n`,
    ...ok,
  },
  {
    name: 'Max-Forwards counts down on OPTIONS',
    request: `OPTIONS / HTTP/1.1\r\n${HOST}Max-Forwards: 5\r\n\r\n`,
    podGets: `OPTIONS / HTTP/1.1\r\n${HOST}Max-Forwards: 4\r\n${ADDED}\r\n`,
    ...ok,
  },
  {
    name: 'Max-Forwards is let alone on GET',
    request: get('Max-Forwards: 0\r\n'),
    podGets: get(`Max-Forwards: 0\r\n${ADDED}`),
    ...ok,
  },
  {
    name: 'hop-by-hop fields and those Connection names are removed',
    request: get(
      'Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n' +
        'X-Stays: 1\r\nHTTP2-Settings: AAA\r\nUpgrade: h2c\r\nProxy-Authorization: x\r\n',
    ),
    podGets: get(`X-Stays: 1\r\n${ADDED}`),
    ...ok,
  },
  {
    name: 'Connection cannot name protected fields',
    request: get(
      'Connection: host, authorization, cookie, content-type, x-forwarded-for, x-real-ip, traceparent, forwarded\r\n' +
        'Authorization: a\r\nCookie: c\r\nContent-Type: t\r\ntraceparent: p\r\n',
    ),
    podGets: get(`Authorization: a\r\nCookie: c\r\nContent-Type: t\r\ntraceparent: p\r\n${ADDED}`),
    ...ok,
  },
  {
    name: 'TE is reduced to trailers',
    request: get('TE: gzip;q=0.5, trailers\r\nConnection: TE\r\n'),
    podGets: get(`${ADDED}TE: trailers\r\nConnection: TE\r\n`),
    ...ok,
  },
  {
    name: 'TE without trailers goes',
    request: get('TE: gzip\r\n'),
    podGets: get(ADDED),
    ...ok,
  },
  {
    name: 'what an untrusted peer says of its origin is removed, underscore twins too',
    request: get(
      'X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nX-Forwarded_Proto: https\r\nForwarded: for=6.6.6.6\r\n' +
        'X-Real-IP: 6.6.6.6\r\nx_real_ip: 6\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX-Rewrite_Url: /a\r\n' +
        'X-Forwarded-Port: 1\r\nX-Forwarded-Prefix: /a\r\nX-Forwarding: stays\r\n',
    ),
    podGets: get(`X-Forwarding: stays\r\n${ADDED}`),
    ...ok,
  },
  {
    name: 'Via of others is kept',
    request: get('Via: 1.1 other, 1.0 rouse-tester\r\n'),
    podGets: get(`Via: 1.1 other, 1.0 rouse-tester\r\n${ADDED}`),
    ...ok,
  },
  {
    name: 'Upgrade to what is not allowed is an ordinary request',
    request: get('Connection: Upgrade\r\nUpgrade: h2c, TLS/1.0\r\n'),
    podGets: get(ADDED),
    ...ok,
  },
  {
    name: 'a body with Content-Length',
    request: `POST /p HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`,
    podGets: `POST /p HTTP/1.1\r\n${HOST}Content-Length: 5\r\n${ADDED}\r\nhello`,
    ...ok,
  },
  {
    name: 'Content-Length with zeros in front is written plainly',
    request: `POST /p HTTP/1.1\r\n${HOST}Content-Length: 005\r\n\r\nhello`,
    podGets: `POST /p HTTP/1.1\r\n${HOST}Content-Length: 5\r\n${ADDED}\r\nhello`,
    ...ok,
  },
  {
    name: 'an empty body',
    request: `POST /p HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
    podGets: `POST /p HTTP/1.1\r\n${HOST}Content-Length: 0\r\n${ADDED}\r\n`,
    ...ok,
  },
  {
    name: 'a chunked body with extension and trailer',
    request:
      `POST /p HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n` +
      '5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nX-T: 1\r\nContent-Length: 3\r\n\r\n',
    podGets:
      `POST /p HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n${ADDED}\r\n` +
      '5\r\nhello\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n',
    ...ok,
  },
  {
    name: 'Expect is passed on, and so is 100',
    request: `POST /p HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab`,
    podGets: `POST /p HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 2\r\n${ADDED}\r\nab`,
    response: `HTTP/1.1 100 Continue\r\n\r\n${ok.response}`,
    clientGets: `HTTP/1.1 100 Continue\r\n\r\n${ok.clientGets}`,
  },
  {
    name: 'interim responses are passed on without what they may not carry',
    ...plain,
    response: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 5\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok.response}`,
    clientGets: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok.clientGets}`,
  },
  {
    name: 'a chunked response with trailers',
    ...plain,
    response: `HTTP/1.1 200 OK\r\n${DATE}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x\r\n0123456789\r\n0\r\nX-T: 1\r\nDate: x\r\n\r\n`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}Transfer-Encoding: chunked\r\n${BACK}\r\n5\r\nhello\r\na\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n`,
  },
  {
    name: 'a response until the connection closes',
    ...plain,
    response: `HTTP/1.1 200 OK\r\n${DATE}\r\nhello`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}${BACK}Connection: close\r\n\r\nhello`,
    podCloses: true,
    clientClosed: true,
    podClosed: true,
  },
  {
    name: 'a long response with Content-Length',
    ...plain,
    response: `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 40000\r\n\r\n${LONG}`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 40000\r\n${BACK}\r\n${LONG}`,
    wholeOnly: true,
  },
  {
    name: 'a long chunked response, re-framed in part',
    ...plain,
    response: `HTTP/1.1 200 OK\r\n${DATE}Transfer-Encoding: chunked\r\n\r\n9c40\r\n${LONG}\r\n000009c40\r\n${LONG}\r\n0\r\n\r\n`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}Transfer-Encoding: chunked\r\n${BACK}\r\n9c40\r\n${LONG}\r\n9c40\r\n${LONG}\r\n0\r\n\r\n`,
    wholeOnly: true,
  },
  {
    name: 'a long request body',
    request: `PUT /p HTTP/1.1\r\n${HOST}Content-Length: 40000\r\n\r\n${LONG}`,
    podGets: `PUT /p HTTP/1.1\r\n${HOST}Content-Length: 40000\r\n${ADDED}\r\n${LONG}`,
    ...ok,
    wholeOnly: true,
  },
  {
    name: 'a long chunked request body',
    request: `PUT /p HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n9c40\r\n${LONG}\r\n1;x\r\ny\r\n9C40\r\n${LONG}\r\n0\r\n\r\n`,
    podGets: `PUT /p HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n${ADDED}\r\n9c40\r\n${LONG}\r\n1\r\ny\r\n9C40\r\n${LONG}\r\n0\r\n\r\n`,
    ...ok,
    wholeOnly: true,
  },
  {
    name: 'HEAD keeps Content-Length and has no body',
    request: `HEAD / HTTP/1.1\r\n${HOST}\r\n`,
    podGets: `HEAD / HTTP/1.1\r\n${HOST}${ADDED}\r\n`,
    response: `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 500\r\n\r\n`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 500\r\n${BACK}\r\n`,
  },
  {
    name: 'HEAD without Content-Length',
    request: `HEAD / HTTP/1.1\r\n${HOST}\r\n`,
    podGets: `HEAD / HTTP/1.1\r\n${HOST}${ADDED}\r\n`,
    response: `HTTP/1.1 200 OK\r\n${DATE}Transfer-Encoding: chunked\r\n\r\n`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}${BACK}\r\n`,
  },
  {
    name: '304 keeps Content-Length and has no body',
    ...plain,
    response: `HTTP/1.1 304 Not Modified\r\n${DATE}Content-Length: 500\r\nETag: "a"\r\n\r\n`,
    clientGets: `HTTP/1.1 304 Not Modified\r\n${DATE}Content-Length: 500\r\nETag: "a"\r\n${BACK}\r\n`,
  },
  {
    name: '204 loses Content-Length and has no body',
    ...plain,
    response: `HTTP/1.1 204 No Content\r\n${DATE}Content-Length: 5\r\n\r\n`,
    clientGets: `HTTP/1.1 204 No Content\r\n${DATE}${BACK}\r\n`,
    podClosed: true,
  },
  {
    name: 'hop-by-hop fields of the response are removed',
    ...plain,
    response: `HTTP/1.1 200 OK\r\n${DATE}Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=9\r\nX-Hop: 1\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}Content-Length: 0\r\n${BACK}\r\n`,
  },
  {
    name: 'a pod that closes does not close the client',
    ...plain,
    response: `HTTP/1.1 200 OK\r\n${DATE}Connection: close\r\nContent-Length: 2\r\n\r\nhi`,
    clientGets: `${OK}${BACK}\r\nhi`,
    podClosed: true,
  },
  {
    name: 'a pod of HTTP/1.0',
    ...plain,
    response: `HTTP/1.0 200 OK\r\n${DATE}Content-Length: 2\r\n\r\nhi`,
    clientGets: `${OK}Via: 1.0 ${VIA}\r\n\r\nhi`,
    podClosed: true,
  },
  {
    name: 'a status line without reason, and odd white space',
    ...plain,
    response: `HTTP/1.1 200\r\n${DATE}Content-Length:  2\r\nX: \r\n\r\nhi`,
    clientGets: `HTTP/1.1 200 \r\n${DATE}Content-Length: 2\r\nX: \r\n${BACK}\r\nhi`,
  },
  {
    name: 'Connection: close of the client',
    request: get('Connection: close\r\n'),
    podGets: plain.podGets,
    response: ok.response,
    clientGets: `${OK}${BACK}Connection: close\r\n\r\nhi`,
    clientClosed: true,
  },
  {
    name: 'HTTP/1.0',
    request: `GET / HTTP/1.0\r\n${HOST}Expect: 100-continue\r\n\r\n`,
    podGets: `GET / HTTP/1.1\r\n${HOST}${ADDED_10}\r\n`,
    response: `HTTP/1.1 103 Early Hints\r\n\r\n${ok.response}`,
    clientGets: `${OK}${BACK}Connection: close\r\n\r\nhi`,
    clientClosed: true,
  },
  {
    name: 'HTTP/1.9 is treated as HTTP/1.1',
    request: `GET / HTTP/1.9\r\n${HOST}\r\n`,
    podGets: `GET / HTTP/1.1\r\n${HOST}${ADDED}\r\n`,
    response: ok.response,
    clientGets: ok.clientGets,
  },
  {
    name: 'HTTP/1.0 gets no interim responses and asks for no upgrade',
    request: `GET / HTTP/1.0\r\n${HOST}Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    podGets: `GET / HTTP/1.1\r\n${HOST}${ADDED_10}\r\n`,
    response: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${ok.response}`,
    clientGets: `${OK}${BACK}Connection: keep-alive\r\n\r\nhi`,
  },
  {
    name: 'absolute-form in HTTP/1.0 without Host',
    request: 'GET http://app.test/p HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n',
    podGets: `GET /p HTTP/1.1\r\n${HOST}${ADDED_10}\r\n`,
    response: ok.response,
    clientGets: `${OK}${BACK}Connection: keep-alive\r\n\r\nhi`,
  },
  {
    name: 'HTTP/1.0 with keep-alive',
    request: `GET / HTTP/1.0\r\n${HOST}Connection: Keep-Alive\r\n\r\n`,
    podGets: `GET / HTTP/1.1\r\n${HOST}${ADDED_10}\r\n`,
    response: ok.response,
    clientGets: `${OK}${BACK}Connection: keep-alive\r\n\r\nhi`,
  },
  {
    name: 'HTTP/1.0 gets a chunked response unwrapped',
    request: `GET / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`,
    podGets: `GET / HTTP/1.1\r\n${HOST}${ADDED_10}\r\n`,
    response: `HTTP/1.1 200 OK\r\n${DATE}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a\r\n!\r\n0\r\nX: 1\r\n\r\n`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}${BACK}Connection: close\r\n\r\nhello!`,
    clientClosed: true,
  },
  {
    name: 'server-sent events',
    ...plain,
    response: `HTTP/1.1 200 OK\r\n${DATE}Content-Type: text/event-stream\r\n\r\ndata: 1\n\ndata: 2\n\n`,
    clientGets: `HTTP/1.1 200 OK\r\n${DATE}Content-Type: text/event-stream\r\n${BACK}Connection: close\r\n\r\ndata: 1\n\ndata: 2\n\n`,
    podCloses: true,
    clientClosed: true,
    podClosed: true,
  },
];

async function send(peer: Peer, text: string, pace: string): Promise<void> {
  if (pace === 'whole') peer.send(text);
  else await peer.sendByteByByte(text);
}

for (const transport of transports) {
  for (const pace of ['whole', 'byte by byte']) {
    test.each(cases.filter((one) => pace === 'whole' || !one.wholeOnly))(
      `$name · ${transport.name}, ${pace}`,
      async (one) => {
        rig = await startRig(transport);
        const client = await rig.client();
        await send(client, one.request, pace);
        const pod = await rig.backend.peer();
        await pod.until((received) => received.length >= one.podGets.length);
        expect(pod.received).toBe(one.podGets);
        await send(pod, one.response, pace);
        if (one.podCloses) pod.socket.end();
        await client.until((received) => received.length >= one.clientGets.length);
        expect(client.received).toBe(one.clientGets);
        if (one.clientClosed) await client.until(() => client.hasEnded);
        else {
          client.received = '';
          pod.received = '';
          client.send(plain.request);
          const next = await rig.backend.peer(one.podClosed ? 1 : 0);
          await next.until((received) => received.length >= plain.podGets.length);
          expect(next.received).toBe(plain.podGets);
          next.send(ok.response);
          await client.until('hi');
          expect(client.received).toBe(ok.clientGets);
        }
        expect(rig.path.log.filter((line) => line.startsWith('failed'))).toEqual([]);
        expect(rig.path.inFlight).toBe(0);
      },
    );
  }
}
