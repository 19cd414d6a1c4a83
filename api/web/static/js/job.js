// One piece of long work of the service: what it is and does in the reader's language, asked about until it has ended.

import { ask } from './ask.js';
import { el } from './dom.js';
import { reasonLines } from './reasons.js';
import { percent, setup, t } from './words.js';

const FIRST_MS = 120; // most files are small: their answer comes at once
const LONGEST_MS = 1000;

// How the service says a step, and the key of our words; `rest` is a step within the step.
const STEPS = [
  ['started', 'started'],
  ['done', 'done'],
  ['round (?<a>\\d+), (?<rest>.+)', 'round'],
  ['(?<a>[\\d,]+) iterations', 'iterations'],
  ['(?<a>\\d+) of (?<b>\\d+)', 'of'],
  ['looking for the fewest moves', 'fewest'],
  ['bounding from these centres', 'bound_here'],
  ['bounding from any centres', 'bound_any'],
  ['reading the file', 'reading'],
  ['judging names', 'names'],
  ['judging (?<a>\\d+) points', 'judging'],
  ['locating (?<a>\\d+) shops without coordinates', 'locating'],
  ['comparing the positions with their addresses', 'comparing'],
  ['writing', 'writing'],
  ['writing (?<a>\\d+) units', 'writing_units'],
  ['looking up address (?<a>\\d+) of (?<b>\\d+)', 'address'],
  ...[['Street offices', 'areas'], ['Retailers', 'retailers'], ['Streets', 'streets'], ['Barriers', 'barriers'], ['Staff', 'staff'], ['Absences', 'absences'], ['Orders', 'orders'], ['Demand', 'demand'], ['Units', 'units'], ['Present owners', 'owners'], ['Better grids', 'grids'], ['Cycle', 'cycle'], ['Routes of the day', 'routes']]
    .map(([words, key]) => [`${words}( (?<within>.+))?`, key]),
].map(([pattern, key]) => [new RegExp(`^${pattern}$`), `job_step_${key}`]);

export class Stopped extends Error {}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

export const nameOf = (job) => t(setup.words[`job_${job.kind}`] ? `job_${job.kind}` : 'job_other');

// A step in the reader's language; one that is not known stays as it is.
export function stepWords(words) {
  for (const [pattern, key] of STEPS) {
    const match = pattern.exec(words);
    if (!match) continue;
    const found = match.groups ?? {};
    const said = t(key, { ...found, rest: found.rest && stepWords(found.rest) });
    return found.within ? `${said} · ${stepWords(found.within)}` : said;
  }
  return words;
}

export const cancelJob = (job) => ask(`${job.links.self}:cancel`, {}, { method: 'POST' }).catch(() => undefined); // it has ended meanwhile

// Gives the job as it ended; `onLook` hears what there is to see before that: the job and words for it.
export async function followJob(job, onLook) {
  for (let wait = FIRST_MS; !job.ended_at; wait = Math.min(LONGEST_MS, wait * 1.4)) {
    onLook(job, job.state === 'waiting' ? t('job_waiting') : [stepWords(job.words), job.progress ? percent(job.progress) : ''].filter(Boolean).join(' · '));
    await pause(wait);
    job = await ask(job.links.self);
  }
  return job;
}

// Follows a job in `box`, with a bar and a button to stop it, and gives it as it ended; a failed one throws with its words.
export async function showJob(job, box) {
  const meter = el('progress', { max: '1', 'aria-label': nameOf(job) });
  const words = el('span', { class: 'words' });
  const stop = el('button', { type: 'button', class: 'quiet small', onclick: () => { stop.disabled = true; cancelJob(job); } }, t('data_stop'));
  box.replaceChildren(el('div', { class: 'notice job', role: 'status' }, words, meter, stop));
  const ended = await followJob(job, (now, said) => {
    words.textContent = said;
    if (now.state === 'running') meter.value = now.progress;
  });
  box.replaceChildren();
  if (ended.state === 'done') return ended;
  throw new Stopped(ended.state === 'cancelled' ? t('data_job_cancelled') : reasonLines(ended.words).join('\n'));
}
