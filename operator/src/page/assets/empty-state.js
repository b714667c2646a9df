/** What the page says while no workload is known: how to add one. */
// @ts-check
import { element } from './element.js';

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello
  annotations:
    rouse.dev/enabled: "true"`;

/** @param {HTMLElement} root */
export function fillEmptyState(root) {
  root.append(
    element('h2', '', 'No workload yet'),
    element('p', '', 'Annotate a Deployment, and Rouse lets it sleep at zero and wakes it when a request arrives:'),
    element('pre', '', element('code', '', MANIFEST)),
    element('p', '', 'or, for one that is already there:'),
    element('pre', '', element('code', '', 'kubectl annotate deployment hello rouse.dev/enabled=true')),
    element(
      'p',
      'muted',
      'It appears here as soon as the operator sees it. Knative’s autoscaling annotations are understood too.',
    ),
  );
}
