/** Certificates of one cluster: an authority made for it alone, and what that signs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of PEM files. */
export interface Signed {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Signed {
  /** A client's certificate: `user` is its name, `groups` its groups in Kubernetes. */
  client(user: string, groups?: readonly string[]): Signed;
  /** A server's certificate for these DNS names and addresses. */
  server(name: string, hosts: readonly string[], addresses: readonly string[]): Signed;
}

/** Long enough for any run of tests, and for a cluster that is left running over night. */
const DAYS = '7';

/** @returns what is missing of it here, to complete "the cluster suite needs …" */
export function findOpenssl(): string | undefined {
  const { stdout } = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  return /^OpenSSL ([3-9]|\d\d)\./.test(stdout ?? '') ? undefined : 'openssl 3 in PATH';
}

/** @throws when openssl (3.0 or newer) is missing */
export function createAuthority(folder: string, name: string): Authority {
  mkdirSync(folder, { recursive: true });
  const own = keyFor(join(folder, name));
  openssl(own, `/CN=${name}`, ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,digitalSignature']);

  function sign(file: string, subject: string, extensions: readonly string[]): Signed {
    const signed = keyFor(join(folder, file));
    openssl(signed, subject, ['basicConstraints=CA:FALSE', 'keyUsage=critical,digitalSignature', ...extensions], own);
    return signed;
  }

  return {
    ...own,
    client(user, groups = []) {
      const subject = `${groups.map((group) => `/O=${group}`).join('')}/CN=${user}`;
      return sign(user.replaceAll(':', '-'), subject, ['extendedKeyUsage=clientAuth']);
    },
    server(file, hosts, addresses) {
      const names = [...hosts.map((host) => `DNS:${host}`), ...addresses.map((address) => `IP:${address}`)];
      return sign(file, `/CN=${file}`, ['extendedKeyUsage=serverAuth', `subjectAltName=${names.join(',')}`]);
    },
  };
}

/** The key that signs ServiceAccount tokens, and its public half. */
export function createTokenKey(folder: string): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const files = { privateKey: join(folder, 'tokens.key'), publicKey: join(folder, 'tokens.pub') };
  writeFileSync(files.privateKey, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(files.publicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  return files;
}

/** A file's content as kubeconfigs carry it. */
export function base64File(path: string): string {
  return readFileSync(path).toString('base64');
}

function keyFor(path: string): Signed {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = `${path}.key`;
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return { cert: `${path}.crt`, key };
}

function openssl(to: Signed, subject: string, extensions: readonly string[], signer?: Signed): void {
  const args = ['req', '-x509', '-new', '-key', to.key, '-out', to.cert, '-days', DAYS, '-subj', subject];
  for (const extension of extensions) args.push('-addext', extension);
  if (signer !== undefined) args.push('-CA', signer.cert, '-CAkey', signer.key);
  // Without a configuration of the machine's, which may add extensions of its own.
  execFileSync('openssl', [...args, '-config', '/dev/null'], { stdio: ['ignore', 'ignore', 'pipe'] });
}
