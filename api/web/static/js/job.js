// One piece of long work: a bar with words and a button to stop it, until it has ended.

import { ask } from './ask.js';
import { el } from './dom.js';
import { percent, setup, t } from './words.js';

const FIRST_MS = 120; // most files are small: their answer comes at once
const LONGEST_MS = 1000;

export class Stopped extends Error {}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

// A step is said in the reader's language, with the numbers in it.
function stepWords(words) {
  const key = Object.keys(setup.words).find((known) => known.startsWith('data_step_') && words.startsWith(known.slice(10).replaceAll('_', ' ')));
  return key ? [t(key), (words.match(/\d[\d,.]*/g) ?? []).join(' / ')].join(' ').trim() : words;
}

// Follows a job in `box` and gives it as it ended; a failed one throws with its words.
export async function follow(job, box) {
  const meter = el('progress', { max: '1', 'aria-label': t(setup.words[`job_${job.kind}`] ? `job_${job.kind}` : 'job_other') });
  const words = el('span', { class: 'words' });
  const stop = el('button', { type: 'button', class: 'quiet small', onclick: cancel }, t('data_stop'));
  box.replaceChildren(el('div', { class: 'notice job', role: 'status' }, words, meter, stop));

  async function cancel() {
    stop.disabled = true;
    await ask(`${job.links.self}:cancel`, {}, { method: 'POST' }).catch(() => {}); // it has ended meanwhile
  }

  for (let wait = FIRST_MS; !job.ended_at; wait = Math.min(LONGEST_MS, wait * 1.4)) {
    words.textContent = job.state === 'waiting' ? t('data_job_waiting') : [stepWords(job.words), job.progress ? percent(job.progress) : ''].filter(Boolean).join(' · ');
    if (job.state === 'running') meter.value = job.progress;
    await pause(wait);
    job = await ask(job.links.self);
  }
  box.replaceChildren();
  if (job.state === 'done') return job;
  throw new Stopped(job.state === 'cancelled' ? t('data_job_cancelled') : job.words);
}
