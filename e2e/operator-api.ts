/** The operator's API as tests call it, with its token where it wants one. */

export interface OperatorAddress {
  /** `http://host:port` */
  readonly url: string;
  readonly token?: string;
}

/** Calls `path`, e.g. `/api/workloads`. @throws when nobody answers */
export function callOperator({ url, token }: OperatorAddress, path: string, init: RequestInit = {}): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`${url}${path}`, { ...init, headers: { ...authorization, ...init.headers } });
}

/** What `path` tells; undefined while the operator knows nothing of it, or does not answer. */
export async function askOperator<T>(operator: OperatorAddress, path: string): Promise<T | undefined> {
  const answer = await callOperator(operator, path).catch(() => undefined);
  if (answer?.ok) return (await answer.json()) as T;
  await answer?.body?.cancel();
  return undefined;
}
