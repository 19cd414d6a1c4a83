// A person's day: check in, tell what came of a stop, and decide on the proposal that follows.

import { ask } from './ask.js';
import { byId, el, say } from './dom.js';
import { t, time } from './words.js';

const REASONS = {
  closed: ['shut_now', 'shut_today', 'shut_for_good', 'not_found'],
  cannot: ['no_time', 'refused', 'no_access', 'goods_missing', 'vehicle', 'ill', 'other'],
};
const RETRY_MIN = 60; // a shop that opens later is tried again after so many minutes
const POSITION_WAIT_MS = 8000;

const main = byId('content');
const { staff, day } = main.dataset;
const proposals = `/v1/staff/${encodeURIComponent(staff)}/days/${day}/proposals`;
const kept = (stop) => `gridsvc-stop-${day}-${stop.dataset.retailer}-${stop.dataset.sealed}`;

function read(stop) {
  try {
    return JSON.parse(localStorage.getItem(kept(stop)) ?? '{}');
  } catch {
    return {};
  }
}

function keep(stop, values) {
  localStorage.setItem(kept(stop), JSON.stringify({ ...read(stop), ...values }));
}

function identifier() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // plain http has no randomUUID
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return [...bytes].map((byte, i) => ([4, 6, 8, 10].includes(i) ? '-' : '') + byte.toString(16).padStart(2, '0')).join('');
}

function fail(error) {
  const fault = byId('fault');
  fault.textContent = t('act_failed', { words: [error.message, ...(error.problem?.violations ?? [])].join(' ') });
  fault.hidden = false;
  fault.scrollIntoView({ block: 'center' });
}

async function attempt(button, work) {
  button.disabled = true;
  byId('fault').hidden = true;
  say(t('act_sending'));
  try {
    await work();
    location.reload();
  } catch (error) {
    button.disabled = false;
    fail(error);
  }
}

function showArrival(stop) {
  const { arrived_at: at } = read(stop);
  const button = stop.querySelector('[data-act=arrive]');
  if (!at || !button) return;
  button.textContent = t('act_arrived', { time: time(at) });
  button.disabled = true;
}

function position() {
  if (!byId('with-position')?.checked || !navigator.geolocation) return Promise.resolve(null);
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy }),
      () => done(null), // nobody is kept from working by a missing signal
      { timeout: POSITION_WAIT_MS, enableHighAccuracy: true },
    );
  });
}

async function arrive(stop) {
  keep(stop, { arrived_at: new Date().toISOString() });
  showArrival(stop);
  const here = await position();
  if (here) keep(stop, { position: here });
}

async function record(stop, outcome, { reason = null, note = null } = {}) {
  const known = read(stop);
  const visit = known.visit?.outcome === outcome && known.visit.reason === reason ? known.visit : {
    visit_id: identifier(),
    staff,
    retailer_id: stop.dataset.retailer,
    outcome,
    reason,
    note,
    arrived_at: known.arrived_at ?? null,
    ended_at: new Date().toISOString(),
    position: known.position ?? null,
    is_sealed: stop.dataset.sealed === 'yes' ? true : null,
  };
  keep(stop, { visit }); // sent again with the same identifier when it fails
  await ask('/v1/visits', {}, { method: 'POST', body: visit });
  localStorage.removeItem(kept(stop));
}

async function recordAndPropose(stop, outcome, reason, note) {
  await record(stop, outcome, { reason, note });
  const change = { kind: 'closed', retailer_id: stop.dataset.retailer };
  if (reason === 'shut_now') change.retry_after_min = RETRY_MIN;
  await ask(proposals, {}, { method: 'POST', body: change });
}

function askWhy(stop, outcome) {
  const form = stop.querySelector('.why-form');
  const isOpen = !form.hidden && form.dataset.outcome === outcome;
  form.hidden = isOpen;
  form.dataset.outcome = outcome;
  for (const button of stop.querySelectorAll('[aria-expanded]')) {
    button.setAttribute('aria-expanded', String(!isOpen && button.dataset.act === outcome));
  }
  if (isOpen) return;
  const select = form.elements.reason;
  select.replaceChildren(...REASONS[outcome].map((value) => el('option', { value }, t(`visit_${value}`))));
  select.focus();
}

for (const stop of document.querySelectorAll('.day-stop')) {
  showArrival(stop);
  stop.addEventListener('click', ({ target }) => {
    const { act } = target.dataset;
    if (act === 'arrive') arrive(stop);
    if (act === 'done') attempt(target, () => record(stop, 'done'));
    if (act in REASONS) askWhy(stop, act);
  });
  stop.querySelector('.why-form')?.addEventListener('submit', (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { reason, note } = form.elements;
    attempt(event.submitter ?? form.querySelector('button'), () => recordAndPropose(stop, form.dataset.outcome, reason.value, note.value.trim() || null));
  });
}

for (const button of document.querySelectorAll('[data-late]')) {
  button.addEventListener('click', () => {
    const change = { kind: 'delay', delay_min: Number(button.dataset.late) };
    attempt(button, () => ask(proposals, {}, { method: 'POST', body: change }).then(() => window.scrollTo(0, 0)));
  });
}

const proposal = document.querySelector('.proposal');
const form = byId('why-not-form');
const decided = (how, body) => ask(`/v1/proposals/${proposal.dataset.proposal}:${how}`, {}, { method: 'POST', body });
proposal?.querySelector('[data-decide=accept]')?.addEventListener('click', ({ target }) => attempt(target, () => decided('accept', {})));
proposal?.querySelector('[data-decide=decline]')?.addEventListener('click', ({ target }) => {
  form.hidden = !form.hidden;
  target.setAttribute('aria-expanded', String(!form.hidden));
  if (!form.hidden) form.elements.reason.focus();
});
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(form.querySelector('button'), () => decided('decline', { reason: form.elements.reason.value }));
});

const withPosition = byId('with-position');
if (withPosition) {
  withPosition.checked = localStorage.getItem('gridsvc-with-position') === 'yes';
  withPosition.addEventListener('change', () => localStorage.setItem('gridsvc-with-position', withPosition.checked ? 'yes' : 'no'));
}
proposal?.scrollIntoView({ block: 'start' });
document.body.dataset.ready = '';
