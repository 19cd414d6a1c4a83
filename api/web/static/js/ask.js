// Ask the service; a session that has ended leads back to the sign-in form.

import { t } from './words.js';

// What the service says of its own failures is for whoever runs it.
const OURS = { 500: 'error_500', 502: 'error_503', 503: 'error_503', 504: 'error_503' };

export class Refused extends Error {
  constructor(problem) {
    const number = problem.request_id && `${t('request_id')} ${problem.request_id}`;
    super(OURS[problem.status] ? [t(OURS[problem.status]), number].filter(Boolean).join(' · ') : problem.detail);
    this.status = problem.status;
    this.problem = problem;
  }
}

export async function ask(path, parameters = {}, { signal, method = 'GET', headers = {}, body, keepalive } = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined));
  const address = query.size ? `${path}?${query}` : path;
  const isJson = body !== undefined && !(body instanceof FormData); // a form brings its own type
  const sent = body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body };
  const type = isJson ? { 'Content-Type': 'application/json' } : {};
  const response = await fetch(address, { signal, method, keepalive, headers: { Accept: 'application/json, application/problem+json', ...type, ...headers }, ...sent });
  if (response.status === 401) {
    location.assign(`/login?to=${encodeURIComponent(location.pathname + location.search)}`);
    throw new Refused({ status: 401, detail: 'signed out' });
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({ detail: response.statusText }));
    throw new Refused({ ...problem, status: response.status });
  }
  return response.status === 204 ? null : response.json();
}
