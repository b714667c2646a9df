/** Why a patch could not be applied; `malformed` ones are the caller's 400, the others 422. */
export interface PatchFault {
  readonly malformed: boolean;
  readonly message: string;
}
export type PatchResult =
  | {
      readonly value: unknown;
    }
  | {
      readonly fault: PatchFault;
    };
/** RFC 6901; null when it is not a pointer. */
export declare function parsePointer(pointer: string): string[] | null;
/** Applies all operations in order, or none. */
export declare function applyJsonPatch(document: unknown, patch: unknown): PatchResult;
