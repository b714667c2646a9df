"""A client on Python's websockets: `python3 client.py URL TEXT BYTES` holds the conversation of `clients.ts`."""
import asyncio
import json
import os
import sys

import websockets


async def main(url, text, size):
    async with websockets.connect(url, max_size=None, compression=None) as socket:
        await socket.send(text)
        heard = json.loads(await socket.recv())
        await asyncio.wait_for(await socket.ping(b"are you there"), 10)
        sent = os.urandom(size)
        await socket.send(sent)
        received = await socket.recv()
        await socket.close(1000)
    print(json.dumps({"heard": heard["text"], "pong": True, "same": received == sent, "closeCode": socket.close_code}))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
