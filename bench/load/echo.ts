/** WebSocket clients that send a frame of 64 bytes whenever the last came back. Arguments: port, host, connections, seconds. Prints how many came back. */
import net from 'node:net';

const [port, host, connections, seconds] = process.argv.slice(2);
const handshake = `GET /echo HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
const PAYLOAD = 64;
// A text frame, final, with a mask of 0 (RFC 6455 5.2).
const frame = Buffer.concat([Buffer.from([0x81, 0x80 | PAYLOAD, 0, 0, 0, 0]), Buffer.alloc(PAYLOAD, 'x')]);
const endMs = performance.now() + Number(seconds) * 1000;
let echoes = 0;
let open = 0;

for (let index = 0; index < Number(connections); index++) {
  open++;
  let isOpen = false;
  let missing = 0;
  const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true }, () => socket.write(handshake));
  socket.on('data', (piece) => {
    if (!isOpen) {
      if (!piece.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(piece.toString('latin1'));
      isOpen = true;
    } else {
      missing -= piece.length;
      if (missing > 0) return;
      echoes++;
    }
    if (performance.now() >= endMs) {
      socket.destroy();
      return;
    }
    missing = 2 + PAYLOAD;
    socket.write(frame);
  });
  socket.on('close', () => {
    if (performance.now() < endMs) throw new Error('a tunnel ended early');
    if (--open === 0) console.log(echoes);
  });
}
