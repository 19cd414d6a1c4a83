// What has to follow so that the layer is in balance again: what was drawn by hand stays, cells around it are handed on.

import { ask } from '../ask.js';
import { number, percent, t } from '../words.js';
import { isUnsaved, revision, save } from './saver.js';
import { sentence } from './sentences.js';
import { state } from './state.js';

let isAsking = false;

// Units that a step of this visit, or one before a reload, gave to the grid in which they lie. Steps before a split name
// rows of the units before it.
function drawnByHand() {
  const { gridOfUnit } = state.model;
  const kept = new Set();
  const { done } = state.history;
  const since = done.findLastIndex((step) => step.split) + 1;
  for (const step of done.slice(since)) for (const [unit, [, to]] of step.units) if (to >= 0 && gridOfUnit[unit] === to) kept.add(unit);
  return kept;
}

// Gives the moves as a map of units to grids, or the words why there are none.
export async function evenOut() {
  if (isAsking || (isUnsaved() && !(await save()))) return null;
  isAsking = true;
  try {
    const seen = revision();
    const body = { layer: state.layer, kept: [...drawnByHand()] };
    const found = await ask(`/v1/plans/${state.planId}/draft:even-out`, {}, { method: 'POST', body });
    if (found.revision !== seen || isUnsaved() || state.isPainting() || state.isRecutting || state.preview) return { words: t('even_out_moved_on') };
    const left = found.findings.find((one) => one.is_hard || one.rule === 'load');
    if (!found.is_even) return { words: t('even_out_not', { words: left ? sentence(left.words) : '' }) };
    const moves = new Map(found.moves.map(({ unit, grid_id: grid }) => [unit, state.model.positionOf.get(grid)]));
    if (!moves.size) return { words: t('even_out_nothing') };
    const { tolerance } = state.model.draft.rules;
    return { moves, words: t('even_out_done', { n: number(moves.size), shops: number(found.n_shops), tolerance: percent(tolerance) }) };
  } catch (error) {
    return { words: t('failed', { words: error.message }) };
  } finally {
    isAsking = false;
  }
}
