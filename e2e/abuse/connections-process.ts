/** The process behind `manyConnections`: connects as often as told, and tells how many are open when asked. */
import net from 'node:net';

/** So many handshakes at once: a backlog is finite. */
const AT_ONCE = 256;

interface Order {
  readonly port: number;
  readonly count: number;
  readonly perSecond: number;
  readonly text: string;
}

let open = 0;

function connectOne({ port, text }: Order): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      open++;
      socket.once('close', () => open--);
      if (text !== '') socket.write(text, 'latin1');
      resolve();
    });
    socket.on('data', () => {});
    socket.on('error', () => resolve());
  });
}

async function connectAll(order: Order): Promise<void> {
  const startedMs = performance.now();
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < order.count) {
      const earlyMs = startedMs + (begun++ * 1000) / order.perSecond - performance.now();
      if (earlyMs > 0) await new Promise((resolve) => setTimeout(resolve, earlyMs));
      await connectOne(order);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

process.on('message', (message: Order | 'count') => {
  if (message === 'count') process.send!(open);
  else void connectAll(message).then(() => process.send!(open));
});
