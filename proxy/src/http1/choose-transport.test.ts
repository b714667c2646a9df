import { expect, test } from 'vitest';
import { chooseTransport, faultOf } from './choose-transport.ts';
import { dataTransport, onreadTransport, type Transport } from './transport.ts';

test('the transport with reused read buffers is chosen where it works, as on this Node', async () => {
  expect(await chooseTransport()).toEqual({ transport: onreadTransport, reason: null });
  expect(await chooseTransport('auto')).toEqual({ transport: onreadTransport, reason: null });
});

test('a transport may be asked for', async () => {
  expect((await chooseTransport('data')).transport).toBe(dataTransport);
  expect((await chooseTransport('onread')).transport).toBe(onreadTransport);
});

test('the probe passes on public API too', async () => {
  expect(await faultOf(dataTransport)).toBeNull();
});

test('a transport that throws, or that loses bytes, is found out', async () => {
  const throwing: Transport = {
    ...dataTransport,
    createListener() {
      throw new Error('no handle');
    },
  };
  expect(await faultOf(throwing)).toBe('Error: no handle');
  const deaf: Transport = {
    ...dataTransport,
    createListener: () => dataTransport.createListener(() => {}),
  };
  expect(await faultOf(deaf)).toMatch(/^no echo within/);
  const endless: Transport = {
    ...dataTransport,
    createListener: (accept) =>
      dataTransport.createListener((wire) => {
        wire.end = () => {
          throw new Error('no shutdown');
        };
        accept(wire);
      }),
  };
  expect(await faultOf(endless)).toBe('Error: no shutdown');
});
