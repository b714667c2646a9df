/** The label that ties a ReplicaSet's pods to one version of the Deployment's template. */
import { isObject } from '../json.ts';
import type { PodTemplate } from '../objects.ts';

export const TEMPLATE_HASH = 'pod-template-hash';

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** The same text for equal values, whatever the order of their keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
}

/** FNV-1a in 32 bits, spelled in the letters Kubernetes uses for names. */
export function templateHash(template: PodTemplate, collisionCount: number): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${canonical(template)}#${collisionCount}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return [...String(hash)].map((digit) => LETTERS[digit.charCodeAt(0) % LETTERS.length]).join('');
}

/** The template as the Deployment wrote it: without the hash that its ReplicaSet added. */
export function withoutHash(template: PodTemplate): PodTemplate {
  const { [TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return canonical(withoutHash(a)) === canonical(withoutHash(b));
}
