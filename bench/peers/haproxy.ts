/** HAProxy with one thread, keep-alive on both sides, and the fields the proxy adds. */
import { writeFile } from '../folder.ts';
import { findProgram } from '../programs.ts';
import { HELD_HOST, type Peer, PLAIN_HOST, type Pods, STREAM_HOST } from './peer.ts';
import { startPeer } from './start-peer.ts';

export function startHaproxy({ plain, stream }: Pods): Promise<Peer> {
  return startPeer('haproxy', (port) => {
    const config = `global
  maxconn 9950
  nbthread 1
defaults
  mode http
  timeout connect 1s
  timeout client 75s
  timeout server 300s
  timeout queue 300s
  timeout tunnel 1h
  option http-keep-alive
  http-reuse always
  option forwardfor
frontend in
  maxconn 9950
  bind 127.0.0.1:${port} backlog 4096
  unique-id-format %{+X}o%ci%cp%fi%fp%Ts%rt%pid
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header Forwarded for=%[src];proto=http;host=%[req.hdr(host)]
  http-request add-header Via "1.1 haproxy"
  http-response add-header Via "1.1 haproxy"
  use_backend plain if { hdr(host) -i ${PLAIN_HOST} }
  use_backend stream if { hdr(host) -i ${STREAM_HOST} }
  use_backend held if { hdr(host) -i ${HELD_HOST} }
backend plain
  server pod ${plain.address}:${plain.port}
backend stream
  server pod ${stream.address}:${stream.port}
backend held
  # What HAProxy calls a queue: all but one request wait without a connection.
  server pod ${stream.address}:${stream.port} maxconn 1
`;
    return [findProgram('haproxy')!, ['-db', '-f', writeFile('haproxy.cfg', config)]];
  });
}
