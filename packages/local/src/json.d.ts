/** JSON values from outside: guards, own-property access that `__proto__` cannot trick, and deep equality. */
export type JsonObject = Record<string, unknown>;
export declare function isObject(value: unknown): value is JsonObject;
/** The own property, or undefined: inherited names such as `constructor` are not seen. */
export declare function getOwn(object: JsonObject, key: string): unknown;
/** Sets an own property even where the key is `__proto__`, which plain assignment would take for the prototype. */
export declare function setOwn(object: JsonObject, key: string, value: unknown): void;
/** Walks own object properties; undefined as soon as one is missing. */
export declare function dig(value: unknown, ...keys: string[]): unknown;
export declare function deepEqual(a: unknown, b: unknown): boolean;
/** A deep copy of plain JSON; faster than `structuredClone` for small objects. */
export declare function cloneJson<T>(value: T): T;
/** A name for the JSON type, as error messages want it. */
export declare function typeName(value: unknown): string;
