// Send something to the service: JSON or a form with files.

import { Refused } from './ask.js';

async function answerOf(response) {
  if (response.status === 401) location.assign('/login');
  const body = await response.json().catch(() => ({ detail: response.statusText }));
  if (!response.ok) throw new Refused({ ...body, status: response.status });
  return body;
}

const ACCEPT = { Accept: 'application/json, application/problem+json' };

export async function send(method, path, body) {
  const headers = { ...ACCEPT, 'Content-Type': 'application/json' };
  return answerOf(await fetch(path, { method, headers, body: JSON.stringify(body) }));
}

export async function sendForm(path, form) {
  return answerOf(await fetch(path, { method: 'POST', headers: ACCEPT, body: form }));
}

// The words of a refusal, with every fault that it lists.
export function faultOf(error) {
  if (!(error instanceof Refused)) return String(error);
  const faults = error.problem.violations ?? [];
  return [error.message, ...faults].join('\n');
}
