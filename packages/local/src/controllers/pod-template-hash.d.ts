import type { PodTemplate } from '../objects.ts';
export declare const TEMPLATE_HASH = 'pod-template-hash';
/** FNV-1a in 32 bits, spelled in the letters Kubernetes uses for names. */
export declare function templateHash(template: PodTemplate, collisionCount: number): string;
/** The template as the Deployment wrote it: without the hash that its ReplicaSet added. */
export declare function withoutHash(template: PodTemplate): PodTemplate;
export declare function sameTemplate(a: PodTemplate, b: PodTemplate): boolean;
