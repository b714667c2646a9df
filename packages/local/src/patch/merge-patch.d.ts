export declare function applyMergePatch(target: unknown, patch: unknown): unknown;
