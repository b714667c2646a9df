/** `node src/say.ts URL TEXT`: says something over Node's own WebSocket, and prints what the room hears. */
const [url = '', text = ''] = process.argv.slice(2);

const socket = new WebSocket(url);
socket.addEventListener('open', () => socket.send(text));
socket.addEventListener('message', ({ data }) => {
  console.log(data);
  if (JSON.parse(data).text === text) socket.close(1000);
});
socket.addEventListener('error', () => {
  console.error(`no chat at ${url}`);
  process.exitCode = 1;
});
