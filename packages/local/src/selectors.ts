/** Label and field selectors: parsed from a query string or from an object's `spec.selector`, then matched. */
import { ApiError, badRequest } from './api-error.ts';
import { dig } from './json.ts';
import type { KubeObject, LabelSelector } from './objects.ts';

interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  readonly values: readonly string[];
}

export type Matcher<T> = (subject: T) => boolean;

const KEY = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const VALUE = '[-A-Za-z0-9_.]*';
const TERM = new RegExp(
  String.raw`^\s*(?:(?<absent>!)\s*(?<absentKey>${KEY})|(?<setKey>${KEY})\s+(?<setOperator>in|notin)\s*\((?<list>[^()]*)\)|` +
    String.raw`(?<key>${KEY})\s*(?:(?<operator>==|=|!=|>|<)\s*(?<value>${VALUE}))?)\s*$`,
);

/** Splits at commas outside parentheses. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string): Requirement | null {
  const groups = TERM.exec(term)?.groups;
  if (!groups) return null;
  if (groups.absentKey) return { key: groups.absentKey, operator: 'absent', values: [] };
  if (groups.setKey) {
    const values = (groups.list ?? '').split(',').map((value) => value.trim());
    return { key: groups.setKey, operator: groups.setOperator === 'in' ? 'in' : 'notin', values };
  }
  const key = groups.key ?? '';
  const value = groups.value ?? '';
  switch (groups.operator) {
    case undefined:
      return { key, operator: 'exists', values: [] };
    case '!=':
      return { key, operator: 'notin', values: [value] };
    case '>':
    case '<':
      return /^-?\d+$/.test(value) ? { key, operator: groups.operator === '>' ? 'gt' : 'lt', values: [value] } : null;
    default:
      return { key, operator: 'in', values: [value] };
  }
}

function meets(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
    default: {
      if (value === undefined || !/^-?\d+$/.test(value)) return false;
      const bound = Number(requirement.values[0]);
      return requirement.operator === 'gt' ? Number(value) > bound : Number(value) < bound;
    }
  }
}

type Labels = Readonly<Record<string, string>> | undefined;

function labelMatcher(requirements: readonly Requirement[]): Matcher<Labels> {
  return (labels) =>
    requirements.every((requirement) =>
      meets(requirement, labels && Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined),
    );
}

/** `a=b,c!=d,e in (f,g),!h,i>3`; an empty text matches everything. */
export function parseLabelSelector(text: string): Matcher<Labels> | ApiError {
  if (text.trim() === '') return () => true;
  const requirements = splitTerms(text).map(parseTerm);
  const bad = requirements.indexOf(null);
  if (bad >= 0) {
    return badRequest(
      `unable to parse requirement: ${JSON.stringify(splitTerms(text)[bad])} is not of the form key, !key, key=value, ` +
        'key!=value, key in (a,b), key notin (a,b), key>1 or key<1',
    );
  }
  return labelMatcher(requirements as Requirement[]);
}

/** A `LabelSelector` of an object; an empty one matches everything, as upstream's does. */
export function compileSelector(selector: LabelSelector): Matcher<Labels> {
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: 'in',
    values: [value],
  }));
  for (const expression of selector.matchExpressions ?? []) {
    const operators: Record<string, Requirement['operator']> = {
      In: 'in',
      NotIn: 'notin',
      Exists: 'exists',
      DoesNotExist: 'absent',
    };
    const operator = operators[expression.operator];
    // An operator that validation did not know never matches, so nothing is adopted by mistake.
    if (!operator) return () => false;
    requirements.push({ key: expression.key, operator, values: expression.values ?? [] });
  }
  return labelMatcher(requirements);
}

/** The query-string form of a `LabelSelector`, as the Scale's `status.selector` has it. */
export function formatSelector(selector: LabelSelector): string {
  const terms = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator === 'Exists') terms.push(key);
    else if (operator === 'DoesNotExist') terms.push(`!${key}`);
    else terms.push(`${key} ${operator.toLowerCase()} (${values.join(',')})`);
  }
  return terms.sort().join(',');
}

const EVERYWHERE = ['metadata.name', 'metadata.namespace'];
const FIELDS = new Map<string, readonly string[]>([
  [
    'pods',
    [
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ],
  ],
  ['nodes', ['spec.unschedulable']],
  ['namespaces', ['status.phase']],
  ['replicasets', ['status.replicas']],
  ['secrets', ['type']],
  [
    'events',
    [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
  ],
]);

function fieldOf(object: KubeObject, field: string): string {
  if (field === 'source') return String(dig(object, 'source', 'component') ?? dig(object, 'reportingComponent') ?? '');
  const value = dig(object, ...field.split('.'));
  if (value === undefined || value === null) return /\.(hostNetwork|unschedulable)$/.test(field) ? 'false' : '';
  return String(value);
}

/** `field=value,other!=value` over the fields upstream supports for that table; others are refused by name. */
export function parseFieldSelector(text: string, table: string): Matcher<KubeObject> | ApiError {
  if (text.trim() === '') return () => true;
  const allowed = [...EVERYWHERE, ...(FIELDS.get(table) ?? [])];
  const terms: { field: string; equal: boolean; value: string }[] = [];
  for (const term of text.split(',')) {
    const match = /^\s*([A-Za-z.]+)\s*(==|=|!=)(.*)$/.exec(term);
    if (!match)
      return badRequest(`invalid selector: ${JSON.stringify(text)}; can't understand ${JSON.stringify(term)}`);
    const [, written = '', operator, value = ''] = match;
    // events.k8s.io calls the same field `regarding`.
    const field = table === 'events' ? written.replace(/^regarding\./, 'involvedObject.') : written;
    if (!allowed.includes(field)) return badRequest(`field label not supported: ${written}`);
    terms.push({ field, equal: operator !== '!=', value: value.trim() });
  }
  return (object) => terms.every((term) => (fieldOf(object, term.field) === term.value) === term.equal);
}

/** Both selectors of a request as one matcher. */
export function parseSelectors(
  labelSelector: string | null,
  fieldSelector: string | null,
  table: string,
): Matcher<KubeObject> | ApiError {
  const labels = parseLabelSelector(labelSelector ?? '');
  if (labels instanceof ApiError) return labels;
  const fields = parseFieldSelector(fieldSelector ?? '', table);
  if (fields instanceof ApiError) return fields;
  return (object) => labels(object.metadata.labels) && fields(object);
}
