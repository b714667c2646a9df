/** nginx with one process, keep-alive on both sides, and the fields the proxy adds. */
import { folder, writeFile } from '../folder.ts';
import { findProgram } from '../programs.ts';
import { HELD_HOST, type Peer, PLAIN_HOST, type Pod, type Pods, STREAM_HOST } from './peer.ts';
import { startPeer } from './start-peer.ts';

export function startNginx({ plain, stream }: Pods): Promise<Peer> {
  return startPeer('nginx', (port) => {
    const config = `daemon off; master_process off; pid ${folder}/nginx.pid; error_log /dev/null;
worker_rlimit_nofile 20000;
events { worker_connections 20000; }
http {
  access_log off;
  keepalive_timeout 75s;
  keepalive_requests 100000000;
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  client_max_body_size 0;
  proxy_http_version 1.1;
  proxy_buffering off;
  proxy_request_buffering off;
  proxy_read_timeout 300s;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  proxy_set_header Host $http_host;
  proxy_set_header Connection $connection_upgrade;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto http;
  proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header Forwarded "for=$remote_addr;proto=http;host=$http_host";
  proxy_set_header Via "1.1 nginx";
  proxy_set_header X-Request-Id $request_id;
  add_header Via "1.1 nginx" always;
  ${server('plain', PLAIN_HOST, port, plain)}
  ${server('stream', `${STREAM_HOST} ${HELD_HOST}`, port, stream)}
}
`;
    return [findProgram('nginx')!, ['-c', writeFile('nginx.conf', config)]];
  });
}

function server(name: string, hosts: string, port: number, pod: Pod): string {
  return `upstream ${name} { server ${pod.address}:${pod.port}; keepalive 512; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port}${name === 'plain' ? ' backlog=4096' : ''};
    server_name ${hosts};
    location / { proxy_pass http://${name}; }
  }`;
}
