/** `rouse lint PATH…`: checks the Deployments of manifests before they meet a cluster. */
import { systemClock } from '@rouse/daemon';
import { loadManifests } from '@rouse/local';
import { findingLine } from './lint/finding.ts';
import { type LintResult, lintManifests } from './lint/lint-manifests.ts';
import type { Output } from './output.ts';

export interface LintOptions {
  /** Value of `--domain` on the operator. */
  readonly domain: string;
  readonly json?: boolean;
}

/** Prints a line per finding and one that sums up, or JSON. Exit code 1 when a finding is an error, else 0. */
export async function lint(paths: readonly string[], options: LintOptions, { print }: Output): Promise<number> {
  const result = lintManifests(await loadManifests(paths), options.domain.toLowerCase(), systemClock);
  if (options.json) print(JSON.stringify(result, null, 2));
  else {
    for (const finding of result.findings) print(findingLine(finding));
    print(summary(result));
  }
  return countOf(result, 'error') > 0 ? 1 : 0;
}

function countOf({ findings }: LintResult, severity: 'error' | 'notice'): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

function summary(result: LintResult): string {
  const errors = countOf(result, 'error');
  const notices = countOf(result, 'notice');
  const { deployments, inferenceServices, notAnnotated } = result;
  const read = deployments + inferenceServices;
  const kinds = [
    ...(deployments > 0 ? [counted(deployments, 'Deployment')] : []),
    ...(inferenceServices > 0 ? [counted(inferenceServices, 'InferenceService')] : []),
  ];
  const judged = [
    read === 0 ? 'No Deployment found' : `${kinds.join(' and ')} in ${counted(result.files, 'file')}`,
    ...(errors > 0 ? [counted(errors, 'problem')] : read === 0 ? [] : [read === 1 ? 'fine' : 'all fine']),
    ...(notices > 0 ? [counted(notices, 'notice')] : []),
  ];
  const alone = notAnnotated === 0 ? '' : ` (${notAnnotated} without an annotation of Rouse, left alone on a cluster)`;
  return `${judged[0]}${judged.length > 1 ? `: ${judged.slice(1).join(', ')}` : ''}${alone}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
