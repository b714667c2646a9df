/** Which lists of Kubernetes objects are keyed, and by what: the `patchMergeKey` tags of upstream's types. */
/** The key that tells the elements of list `field` apart, or undefined for lists that are replaced whole. */
export declare function listKey(field: string, kind: string): string | undefined;
/** Lists of plain values that are merged as sets. */
export declare function isSet(field: string): boolean;
