/** Calls of the operator's API from the page, with the token where one is wanted. */
// @ts-check

const TOKEN_KEY = 'rouse-token';

/** @param {string} token kept for this tab */
export function rememberToken(token) {
  sessionStorage.setItem(TOKEN_KEY, token);
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>} rejects only when there is no answer
 */
export function call(path, init = {}) {
  const headers = new Headers(init.headers);
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token) headers.set('authorization', `Bearer ${token}`);
  return fetch(path, { ...init, headers, cache: 'no-store' });
}

/**
 * Asks the operator to wake one workload.
 * @param {string} namespace
 * @param {string} name
 * @returns {Promise<{ok: boolean, message: string}>} never rejects
 */
export async function wake(namespace, name) {
  const path = `/api/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/wake`;
  try {
    const answer = await call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    const body = await answer.json();
    return { ok: answer.ok, message: body.message ?? body.detail ?? `answered ${answer.status}` };
  } catch {
    return { ok: false, message: 'The operator did not answer.' };
  }
}
