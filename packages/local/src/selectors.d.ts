/** Label and field selectors: parsed from a query string or from an object's `spec.selector`, then matched. */
import { ApiError } from './api-error.ts';
import type { KubeObject, LabelSelector } from './objects.ts';
export type Matcher<T> = (subject: T) => boolean;
type Labels = Readonly<Record<string, string>> | undefined;
/** `a=b,c!=d,e in (f,g),!h,i>3`; an empty text matches everything. */
export declare function parseLabelSelector(text: string): Matcher<Labels> | ApiError;
/** A `LabelSelector` of an object; an empty one matches everything, as upstream's does. */
export declare function compileSelector(selector: LabelSelector): Matcher<Labels>;
/** The query-string form of a `LabelSelector`, as the Scale's `status.selector` has it. */
export declare function formatSelector(selector: LabelSelector): string;
/** `field=value,other!=value` over the fields upstream supports for that table; others are refused by name. */
export declare function parseFieldSelector(text: string, table: string): Matcher<KubeObject> | ApiError;
/** Both selectors of a request as one matcher. */
export declare function parseSelectors(
  labelSelector: string | null,
  fieldSelector: string | null,
  table: string,
): Matcher<KubeObject> | ApiError;
