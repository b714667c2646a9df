/** @param kind the object's kind: a Service's `ports` have another key than a container's */
export declare function applyStrategicMergePatch(target: unknown, patch: unknown, kind: string): unknown;
