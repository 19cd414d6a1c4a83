// Somebody else changed the same: who, when, what; keep mine or take theirs.

import { el } from '../dom.js';
import { number, t, timeOf } from '../words.js';
import { closeDialog, showDialog } from './dialog.js';
import { readAgain, save } from './saver.js';
import { sentence } from './sentences.js';
import { emit, state } from './state.js';

// Gives whether the service's draft could be read; if not, everything stays as it was and can be saved again.
async function reads(isMine) {
  try {
    await readAgain(isMine);
    return true;
  } catch (error) {
    emit('toast-bad', t('failed', { words: error.message }));
    return false;
  }
}

export function showConflict(conflicts) {
  const units = new Set(conflicts.flatMap((one) => one.units ?? []));
  const shops = new Set(conflicts.flatMap((one) => one.retailer_ids ?? []));
  const grids = new Set(conflicts.flatMap((one) => one.grid_ids ?? []));
  const isEverything = conflicts.some((one) => one.kind === 'everything');
  const rows = conflicts.map((one) => el('li', {}, t(`conflict_${one.kind}`, { by: one.by, time: timeOf(one.at), n: number((one.units ?? []).length || (one.retailer_ids ?? []).length || (one.grid_ids ?? []).length) })));
  const finish = async (isMine) => {
    closeDialog();
    if (await reads(isMine)) await save();
  };
  const isTheirs = { unit: (at) => units.has(at), shop: (at) => shops.has(state.model.bench.retailer_id[at]), grid: (at) => grids.has(state.model.grids[at].grid_id) };
  showDialog(
    t('conflict_title'),
    el('p', {}, t('conflict_words')),
    el('ul', { class: 'plain' }, ...rows),
    el('div', { class: 'actions' },
      el('button', { type: 'button', class: 'primary', id: 'take-theirs', onclick: () => finish((kind, at) => !isEverything && !isTheirs[kind](at)) }, t('conflict_theirs')),
      el('button', { type: 'button', class: 'quiet', id: 'keep-mine', onclick: () => finish(() => true) }, t('conflict_mine'))),
  );
  if (units.size) emit('zoom-units', [...units]);
}

export function showRefused(error) {
  const list = (error.problem.violations ?? []).slice(0, 12).map((words) => el('li', {}, sentence(words)));
  showDialog(
    t('save_refused'),
    el('p', {}, error.message),
    list.length ? el('ul', { class: 'plain' }, ...list) : null,
    el('div', { class: 'actions' },
      el('button', { type: 'button', class: 'primary', onclick: () => { closeDialog(); reads(() => false); } }, t('conflict_theirs')),
      el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('close'))),
  );
}
