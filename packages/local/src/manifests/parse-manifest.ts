/** One manifest file's text as the Kubernetes objects in it, each with its line; what cannot be used is told. */
import type { Problem } from '@rouse/contract';
import {
  type Alias,
  type Document,
  isCollection,
  isNode,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml';
import { isObject, type JsonObject } from '../json.ts';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  findKind,
  INFERENCE_SERVICES,
  NAMESPACES,
  type ResourceKind,
  SECRETS,
  SERVICES,
} from '../kinds.ts';

export interface ManifestObject {
  readonly kind: ResourceKind;
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export interface ParsedManifest {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Problem[];
  /** Kinds found that are not used here, e.g. `Ingress`. */
  readonly skippedKinds: readonly string[];
  /** True when the file as a whole cannot be trusted: what it held before stays in force. */
  readonly broken: boolean;
}

const USED: readonly ResourceKind[] = [DEPLOYMENTS, SERVICES, CONFIG_MAPS, SECRETS, NAMESPACES, INFERENCE_SERVICES];

export function manifestProblem(file: string, line: number, value: string, allowed: string, fix: string): Problem {
  return { source: 'manifest', key: `${file}:${line}`, value, allowed, fix, severity: 'error' };
}

export function parseManifest(file: string, text: string): ParsedManifest {
  const lines = new LineCounter();
  const objects: ManifestObject[] = [];
  const problems: Problem[] = [];
  const skippedKinds: string[] = [];
  const sourceLines = text.split('\n');
  const written = (line: number) => (sourceLines[line - 1] ?? '').trim().slice(0, 80);
  const lineOf = (node: unknown) => (isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1);

  function take(value: unknown, line: number): void {
    if (!isObject(value)) {
      problems.push(
        manifestProblem(file, line, written(line), 'a Kubernetes object', 'Write apiVersion, kind and metadata.'),
      );
      return;
    }
    const { apiVersion, kind: kindName, metadata } = value;
    if (typeof apiVersion !== 'string' || typeof kindName !== 'string') {
      const missing = typeof apiVersion === 'string' ? 'kind' : 'apiVersion';
      problems.push(
        manifestProblem(
          file,
          line,
          written(line),
          'an object with apiVersion and kind',
          `Add ${missing}, e.g. ${missing === 'kind' ? 'kind: Deployment' : 'apiVersion: apps/v1'}.`,
        ),
      );
      return;
    }
    const kind = findKind(apiVersion, kindName);
    if (!kind || !USED.includes(kind)) {
      const known = USED.find((used) => used.kind === kindName);
      if (known) {
        const wanted = known.group === '' ? known.version : `${known.group}/${known.version}`;
        problems.push(
          manifestProblem(
            file,
            line,
            apiVersion,
            `apiVersion ${wanted} for a ${kindName}`,
            `Set apiVersion: ${wanted}.`,
          ),
        );
      } else skippedKinds.push(kindName);
      return;
    }
    const name = isObject(metadata) ? metadata.name : undefined;
    if (!isObject(metadata) || typeof name !== 'string' || name === '') {
      problems.push(manifestProblem(file, line, '', 'a metadata.name', `Give the ${kindName} a metadata.name.`));
      return;
    }
    const asked = typeof metadata.namespace === 'string' ? metadata.namespace : '';
    const namespace = kind.namespaced ? asked || 'default' : '';
    objects.push({ kind, namespace, name, object: value, file, line });
  }

  for (const document of parseAllDocuments(text, { lineCounter: lines, merge: true, stringKeys: true })) {
    const [error] = document.errors;
    if (error) {
      const { line } = lines.linePos(error.pos[0]);
      const why = error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
      problems.push(manifestProblem(file, line, written(line), 'YAML', `Mend the YAML here: ${why}.`));
      return { objects: [], problems, skippedKinds: [], broken: true };
    }
    const value = readValue(document);
    if (value instanceof Error) {
      const line = lineOf(danglingAlias(document) ?? document.contents);
      problems.push(manifestProblem(file, line, '', 'YAML', `Mend the YAML here: ${value.message}.`));
      return { objects: [], problems, skippedKinds: [], broken: true };
    }
    if (value === null || value === undefined) continue;
    if (isObject(value) && Array.isArray(value.items) && /List$/.test(String(value.kind))) {
      const items = isCollection(document.contents) ? document.contents.get('items', true) : undefined;
      value.items.forEach((item: unknown, index) => {
        take(item, lineOf(isSeq(items) ? (items.items[index] as Node) : document.contents));
      });
    } else take(value, lineOf(document.contents));
  }
  return { objects, problems, skippedKinds, broken: problems.length > 0 };
}

/** An alias of something that is nowhere: the error itself does not say where it stands. */
function danglingAlias(document: Document.Parsed): Alias | undefined {
  let found: Alias | undefined;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document)) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

/** Aliases without end (and the like) throw only here. */
function readValue(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
