import { devFlags, operatorFlags, proxyFlags } from '@rouse/contract';
import { describe, expect, test } from 'vitest';
import { parseFlags } from './parse-flags.ts';

describe('parseFlags', () => {
  test('no arguments give every default', () => {
    const { values, problems, help } = parseFlags('rouse-proxy', proxyFlags, [], {});
    expect(problems).toEqual([]);
    expect(help).toBeNull();
    expect(values.port).toBe(8080);
    expect(values.headBytes).toBe(65_536);
    expect(values.staleAfter).toBe(60_000);
    expect(values.upgrades).toEqual(['websocket']);
    expect(values.maxConnections).toBeNull();
  });

  test('values are parsed by their descriptors, in both spellings', () => {
    const { values, problems } = parseFlags(
      'rouse-proxy',
      proxyFlags,
      ['--port=0', '--head-bytes', '32KiB', '--allow-local-pods', '--trusted-proxies', '10.0.0.0/8,fd00::/8'],
      {},
    );
    expect(problems).toEqual([]);
    expect(values.port).toBe(0);
    expect(values.headBytes).toBe(32_768);
    expect(values.allowLocalPods).toBe(true);
    expect(values.trustedProxies.map((block) => block.prefixBits)).toEqual([8, 8]);
  });

  test('a switch can be turned off by its value', () => {
    const { values } = parseFlags('rouse-proxy', proxyFlags, ['--allow-local-pods=false'], {
      ROUSE_ALLOW_LOCAL_PODS: 'true',
    });
    expect(values.allowLocalPods).toBe(false);
  });

  test('a repeatable flag collects, any other takes the last', () => {
    const { values, problems } = parseFlags(
      'rouse-operator',
      operatorFlags,
      ['--proxy', 'http://127.0.0.1:1', '--proxy', 'http://127.0.0.1:2/', '--domain', 'a.test', '--domain', 'b.test'],
      {},
    );
    expect(problems).toEqual([]);
    expect(values.proxy).toEqual(['http://127.0.0.1:1', 'http://127.0.0.1:2']);
    expect(values.domain).toBe('b.test');
  });

  test('a flag wins over its environment variable, an empty variable counts as absent', () => {
    const env = { ROUSE_PORT: '9000', ROUSE_ADMIN_PORT: '9001', ROUSE_HOST: '' };
    const { values, problems } = parseFlags('rouse-proxy', proxyFlags, ['--port', '9002'], env);
    expect(problems).toEqual([]);
    expect([values.port, values.adminPort, values.host]).toEqual([9002, 9001, '0.0.0.0']);
  });

  test('the variables Kubernetes makes for a Service named rouse are not taken for flags', () => {
    const { values, problems } = parseFlags('rouse-proxy', proxyFlags, [], { ROUSE_PORT: 'tcp://10.96.0.7:80' });
    expect(problems).toEqual([]);
    expect(values.port).toBe(8080);
  });

  test('a bad value names the flag, the value, the range and a fix', () => {
    const { problems, values } = parseFlags('rouse-proxy', proxyFlags, ['--port', '70000'], {
      ROUSE_HEAD_TIMEOUT: '10',
    });
    expect(values.port).toBe(8080);
    expect(problems).toMatchObject([
      { source: 'flag', key: '--port', value: '70000', allowed: 'an integer from 0 to 65535', severity: 'error' },
      { source: 'flag', key: 'ROUSE_HEAD_TIMEOUT', value: '10', fix: expect.stringContaining('10s') },
    ]);
  });

  test('an unknown flag suggests the nearest one, and others are still read', () => {
    const { problems, values } = parseFlags('rouse-proxy', proxyFlags, ['--prot', '9000', '--admin-port', '9001'], {});
    expect(problems).toMatchObject([{ key: '--prot', fix: 'Did you mean --port?' }]);
    expect(values.adminPort).toBe(9001);
  });

  test('an unknown flag like no other points to --help', () => {
    const { problems } = parseFlags('rouse-proxy', proxyFlags, ['--zzzzzzzzzzzz=1'], {});
    expect(problems).toMatchObject([{ key: '--zzzzzzzzzzzz', value: '1', fix: expect.stringContaining('--help') }]);
  });

  test('a flag at the end without its value is a problem', () => {
    const { problems } = parseFlags('rouse-proxy', proxyFlags, ['--port'], {});
    expect(problems).toMatchObject([
      { key: '--port', allowed: 'an integer from 0 to 65535', fix: 'Give --port a value.' },
    ]);
  });

  test('positionals are refused where a program takes none, and handed over where it does', () => {
    expect(parseFlags('rouse-proxy', proxyFlags, ['examples'], {}).problems).toMatchObject([{ value: 'examples' }]);
    const dev = parseFlags(
      'rouse dev',
      devFlags,
      ['examples', '--proxies', '2', 'more'],
      {},
      { positionals: '<path...>' },
    );
    expect(dev.problems).toEqual([]);
    expect(dev.positionals).toEqual(['examples', 'more']);
    expect(dev.values.proxies).toBe(2);
  });

  test('--help lists every flag with range, default and variable, and prints nothing itself', () => {
    const { help } = parseFlags('rouse-proxy', proxyFlags, ['--help'], {}, { description: 'The data plane.' });
    for (const flag of Object.values(proxyFlags)) expect(help).toContain(`--${flag.key}`);
    expect(help).toContain('ROUSE_HEAD_BYTES');
    expect(help).toContain('The data plane.');
  });
});
