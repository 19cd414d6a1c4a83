// Long work and changes of others: a banner while a job runs, and a call when the district has a new revision.

import { ask } from './ask.js';
import { byId, el } from './dom.js';
import { nameOf, stepWords } from './job.js';
import { reasonWords } from './reasons.js';
import { percent, setup, t } from './words.js';

const BUSY_MS = 1500;
const QUIET_MS = 10000;
const SHOWN_AFTER_FAILURE_MS = 60000;

// `shownRevision` tells which revision the map shows: a process that has not heard of a change yet may still answer with
// the one before, so the map is asked again until both agree.
export function followProgress({ shownRevision, onChange }) {
  const banner = byId('progress');
  const mayReadJobs = setup.may.includes('jobs:read');
  let wasBusy = false;

  function show(job) {
    if (!job) {
      banner.hidden = true;
      return;
    }
    const name = nameOf(job);
    const words = job.state === 'failed' ? t('job_failed', { words: reasonWords(job.words) }) : job.words ? stepWords(job.words) : t('job_waiting');
    const meter = el('progress', { max: '1', value: job.state === 'running' ? String(job.progress) : null, 'aria-label': name });
    banner.className = `progress ${job.state}`;
    banner.replaceChildren(...[el('strong', {}, name), el('span', { class: 'words' }, words), job.state === 'failed' ? null : meter, job.state === 'running' ? el('span', { class: 'share' }, percent(job.progress)) : null].filter(Boolean));
    banner.hidden = false;
  }

  async function look() {
    let isBusy = false;
    try {
      if (mayReadJobs) {
        const { items } = await ask('/v1/jobs', { limit: 10 });
        const running = items.find((job) => job.state === 'running') ?? items.find((job) => job.state === 'waiting');
        const failed = items[0]?.state === 'failed' && Date.now() - new Date(items[0].ended_at) < SHOWN_AFTER_FAILURE_MS ? items[0] : null;
        isBusy = Boolean(running);
        show(running ?? failed);
      }
      const [district] = (await ask('/v1/districts')).items;
      const shown = shownRevision();
      const isBehind = shown !== null && shown !== district.revision;
      if (isBehind || (wasBusy && !isBusy)) await onChange();
      wasBusy = isBusy;
      isBusy ||= isBehind;
    } catch (error) {
      if (error.status === 401) return;
    }
    setTimeout(look, isBusy ? BUSY_MS : QUIET_MS);
  }

  look();
}
