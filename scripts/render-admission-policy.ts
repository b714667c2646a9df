/** The ValidatingAdmissionPolicy for annotations of Deployments, made from the contract's descriptors. */
import {
  type AnyDescriptor,
  annotationList,
  annotations,
  KNATIVE_PREFIX,
  KPA_CLASS,
  knownAnnotationKeys,
  ROUSE_PREFIX,
} from '@rouse/contract';
import { celAccepts, celList, celString } from './render-cel.ts';

/** Name of the policy and its binding. */
const NAME = 'rouse-annotations';

interface Validation {
  readonly expression: string;
  /** Where the other one gives none: a value with a line break in it. */
  readonly message: string;
  /** A CEL expression, since it names the value. */
  readonly messageExpression: string;
}

const WRITTEN = 'variables.annotations';
const CHANGED = 'variables.changed';

function keysOf(descriptor: AnyDescriptor): readonly string[] {
  return [descriptor.key, ...descriptor.aliases];
}

/** No expression of RE2 can say "any but these of a suffix". */
function accepts(descriptor: AnyDescriptor, value: string): string {
  if (descriptor.key !== annotations.class.key) return celAccepts(descriptor.shape, value);
  return `(!${value}.endsWith(".knative.dev") || ${value} in ${celList([KPA_CLASS, 'hpa.autoscaling.knative.dev'])})`;
}

/** Other classes have metrics of their own. */
function condition(descriptor: AnyDescriptor): string {
  return descriptor.key === annotations.metric.key ? `variables.class != ${celString(KPA_CLASS)} || ` : '';
}

function found(keys: readonly string[]): string {
  return `${CHANGED}.filter(key, key in ${celList(keys)})`;
}

function validation(descriptor: AnyDescriptor): Validation {
  const keys = keysOf(descriptor);
  const value = `${WRITTEN}[key]`;
  const told = `${found(keys)}.map(key, key + " is " + ${value})`;
  return {
    expression: `${condition(descriptor)}${found(keys)}.all(key, ${accepts(descriptor, value)})`,
    message: `${keys.join(', ')}; accepted: ${descriptor.range}`,
    messageExpression: `${told}.join(", ") + ${celString(`; accepted: ${descriptor.range}`)}`,
  };
}

function unknownKeys(): Validation {
  const known = [...knownAnnotationKeys].filter((key) => key.startsWith(ROUSE_PREFIX));
  const unknown = `${CHANGED}.filter(key, key.startsWith(${celString(ROUSE_PREFIX)}) && !(key in ${celList(known)}))`;
  return {
    expression: `${unknown}.size() == 0`,
    message: 'there is no such annotation; see docs/annotations.md',
    messageExpression: `${unknown}.join(", ") + ": there is no such annotation; see docs/annotations.md"`,
  };
}

/** As Knative compares them: a bound that is absent or refused counts as 0. */
function number(descriptor: AnyDescriptor): string {
  const [first, ...others] = keysOf(descriptor).map((key) => `${WRITTEN}[?${celString(key)}]`);
  const text = `${others.reduce((sum, other) => `${sum}.or(${other})`, first!)}.orValue("0")`;
  return `${text}.matches("^[0-9]{1,10}$") ? int(${text}) : 0`;
}

const { minScale, maxScale, activationScale } = annotations;
const SCALES = celList([minScale, maxScale, activationScale].flatMap(keysOf));

const relations: readonly Validation[] = [
  {
    expression: `!${CHANGED}.exists(key, key in ${SCALES}) || variables.maxScale == 0 || variables.maxScale >= variables.minScale`,
    message: 'max-scale; accepted: 0 (no limit) or at least min-scale',
    messageExpression: `"max-scale is " + string(variables.maxScale) + "; accepted: 0 (no limit) or at least min-scale, which is " + string(variables.minScale)`,
  },
  {
    expression: `!${CHANGED}.exists(key, key in ${SCALES}) || variables.activationScale == 0 || (variables.activationScale >= variables.minScale && (variables.maxScale == 0 || variables.activationScale <= variables.maxScale))`,
    message: 'activation-scale; accepted: from min-scale to max-scale',
    messageExpression: `"activation-scale is " + string(variables.activationScale) + "; accepted: from min-scale to max-scale, which are " + string(variables.minScale) + " and " + string(variables.maxScale)`,
  },
];

const variables: Readonly<Record<string, string>> = {
  annotations: 'object.metadata.?annotations.orValue({})',
  before: 'oldObject == null ? {} : oldObject.metadata.?annotations.orValue({})',
  changed: `${WRITTEN}.filter(key, !(key in variables.before) || variables.before[key] != ${WRITTEN}[key])`,
  class: `${WRITTEN}[?${celString(annotations.class.key)}].orValue(${celString(KPA_CLASS)})`,
  minScale: number(minScale),
  maxScale: number(maxScale),
  activationScale: number(activationScale),
};

const matchConditions: Readonly<Record<string, string>> = {
  'has-annotations-of-ours': `object.metadata.?annotations.orValue({}).exists(key, key.startsWith(${celString(KNATIVE_PREFIX)}) || key.startsWith(${celString(ROUSE_PREFIX)}))`,
  'not-owned-by-knative':
    '!object.metadata.?ownerReferences.orValue([]).exists(owner, owner.kind == "Revision" && owner.apiVersion.startsWith("serving.knative.dev/"))',
};

/** A block of YAML: the expressions hold every kind of quote. */
function block(indent: string, text: string): string {
  return `>-\n${indent}${text}`;
}

function named(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([name, expression]) => `    - name: ${name}\n      expression: ${block('        ', expression)}`)
    .join('\n');
}

/** The policy and its binding as YAML. */
export function admissionPolicy(): string {
  const validations = [...annotationList.map(validation), unknownKeys(), ...relations]
    .map(
      ({ expression, message, messageExpression }) =>
        `    - expression: ${block('        ', expression)}\n      message: ${JSON.stringify(message)}\n      messageExpression: ${block('        ', messageExpression)}\n      reason: Invalid`,
    )
    .join('\n');
  return `# Generated by \`npm run docs\` from packages/contract; do not edit.
# Refuses annotations that Rouse would report and not obey, at the moment they are written. What stood there before
# keeps standing, so that nothing else about a Deployment is ever held up; an expression that fails lets the write pass.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: ${NAME}
  labels:
    app.kubernetes.io/part-of: rouse
spec:
  failurePolicy: Ignore
  matchConstraints:
    resourceRules:
      - apiGroups: [apps]
        apiVersions: [v1]
        operations: [CREATE, UPDATE]
        resources: [deployments]
  matchConditions:
${named(matchConditions)}
  variables:
${named(variables)}
  validations:
${validations}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: ${NAME}
  labels:
    app.kubernetes.io/part-of: rouse
spec:
  policyName: ${NAME}
  validationActions: [Deny]
`;
}
