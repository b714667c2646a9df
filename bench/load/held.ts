/** Sends one GET on each of so many connections and waits. Arguments: port, host, path, connections. Prints `sent`; an answer is an error. */
import net from 'node:net';

const [port, host, path, connections] = process.argv.slice(2);
const AT_ONCE = 200;
const wanted = Number(connections);
let started = 0;
let sent = 0;

function connect(): void {
  started++;
  const socket = net.connect(Number(port), '127.0.0.1', () => {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`, () => {
      if (++sent === wanted) console.log('sent');
      else if (started < wanted) connect();
    });
  });
  const fail = (what: string) => {
    console.error(`a request that should wait ${what}`);
    process.exit(1);
  };
  socket.on('data', (piece) => fail(`was answered: ${piece.toString('latin1', 0, 200)}`));
  socket.on('error', (error) => fail(error.message));
  socket.on('end', () => fail('lost its connection'));
}

for (let index = 0; index < Math.min(AT_ONCE, wanted); index++) connect();
