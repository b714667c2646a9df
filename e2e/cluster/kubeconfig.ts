/** Kubeconfig files: who somebody is to one API server, for clients and control plane alike. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { base64File, type Signed } from './certificates.ts';

export type Identity =
  | { readonly certificate: Signed }
  /** Path; read again as it rotates. Not for kubectl. */
  | { readonly tokenFile: string };

/** Writes it to `file`. @param server `https://host:port` @param ca path of the authority's certificate */
export function writeKubeconfig(
  file: string,
  { server, ca, identity }: { readonly server: string; readonly ca: string; readonly identity: Identity },
): string {
  const user =
    'tokenFile' in identity
      ? // What client-node makes of a mounted token; kubectl's own `tokenFile` it does not know.
        { 'auth-provider': { name: 'tokenFile', config: { tokenFile: identity.tokenFile } } }
      : {
          'client-certificate-data': base64File(identity.certificate.cert),
          'client-key-data': base64File(identity.certificate.key),
        };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'rouse', cluster: { server, 'certificate-authority-data': base64File(ca) } }],
    users: [{ name: 'rouse', user }],
    contexts: [{ name: 'rouse', context: { cluster: 'rouse', user: 'rouse', namespace: 'default' } }],
    'current-context': 'rouse',
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}
