// Split a hot cell into finer ones, or divide its shops where no finer cell is left. Each is one step to take back.

import { ask } from '../ask.js';
import { el } from '../dom.js';
import { number, oneDecimal, t } from '../words.js';
import { closeDialog, showDialog } from './dialog.js';
import { resolutionOf } from './cells.js';
import { Step } from './history.js';
import { isUnsaved, remember, revision, save } from './saver.js';
import { emit, state } from './state.js';
import { Stroke } from './stroke.js';

const FINEST = 10; // the service's finest cell

export const canSplit = (unit) => state.kind === 'h3' && resolutionOf(state.ids[unit]) < FINEST;

const shopsIn = (unit) => {
  const { start, items } = state.model.shopsOfUnit;
  return [...items.subarray(start[unit], start[unit + 1])];
};

export function askSplit(unit) {
  if (unit < 0) return;
  if (state.isReadOnly) {
    emit('readonly');
    return;
  }
  if (!canSplit(unit)) {
    askDivide(unit);
    return;
  }
  const { model } = state;
  const shops = shopsIn(unit);
  const layers = state.layers.map((layer) => t(`layer_${layer}`)).join(t('list_comma'));
  showDialog(
    t('tool_split_title'),
    el('p', {}, t('split_words', { n: number(shops.length), minutes: oneDecimal(model.minutesOfUnit[unit]) })),
    el('p', { class: 'muted' }, t('split_note', { layers })),
    el('div', { class: 'actions' },
      el('button', { type: 'button', class: 'primary', id: 'split-go', onclick: () => { closeDialog(); split(unit); } }, t('split_go')),
      shops.length ? el('button', { type: 'button', class: 'quiet', id: 'divide', onclick: () => askDivide(unit) }, t('divide_title')) : null,
      el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel'))),
  );
}

// Which of a cell's shops another grid keeps: the border stays, the shops are exceptions with a reason.
function askDivide(unit) {
  const { model } = state;
  const home = model.gridOfUnit[unit];
  const shops = shopsIn(unit);
  if (!shops.length) {
    emit('toast', t('divide_none'));
    return;
  }
  if (home >= 0 && model.locked[home]) {
    emit('refused', [{ key: 'refused_locked', grid: home, n: 1 }]);
    return;
  }
  const boxes = shops.map((shop) => el('input', { type: 'checkbox', value: String(shop) }));
  const list = el('fieldset', { class: 'grid-choices' }, el('legend', {}, t('divide_which')), ...shops.map((shop, at) => el('label', { class: 'option' }, boxes[at], ` ${model.bench.name[shop]} · ${oneDecimal(model.bench.minutes[shop])}`)));
  const grids = model.grids.flatMap((grid, at) => (at === home || model.locked[at] || model.staffOf[at] < 0 ? [] : [el('option', { value: String(at), selected: at === state.target }, `${grid.name} · ${grid.staff_name}`)]));
  const to = el('select', { id: 'divide-to' }, ...grids);
  const reason = el('input', { id: 'reason', maxlength: 200, required: true, autocomplete: 'off' });
  const fault = el('p', { class: 'bad', role: 'alert' });
  const submit = (event) => {
    event.preventDefault();
    const chosen = boxes.filter((box) => box.checked).map((box) => Number(box.value));
    if (!chosen.length) {
      fault.textContent = t('divide_choose');
      return;
    }
    const grid = Number(to.value);
    const stroke = new Stroke('');
    for (const shop of chosen) stroke.step.keep(model, shop, grid, { staff: model.staffOf[grid], reason: reason.value.trim() });
    stroke.step.words = t('step_divide', { n: number(chosen.length), grid: model.grids[grid].name });
    closeDialog();
    stroke.finish();
    emit('painted', []);
    emit('redraw-shops');
  };
  showDialog(
    t('divide_title'),
    canSplit(unit) ? null : el('p', {}, t(state.kind === 'h3' ? 'divide_finest' : 'divide_area')),
    el('form', { onsubmit: submit }, list, el('label', { for: 'divide-to' }, t('divide_to')), to, el('label', { for: 'reason' }, t('reason')), reason, fault,
      el('div', { class: 'actions' }, el('button', { class: 'primary', id: 'divide-go' }, t('confirm')), el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel')))),
  );
}

async function split(unit) {
  const cell = state.ids[unit];
  const step = new Step(t('step_split', { n: number(shopsIn(unit).length) }));
  step.split = cell;
  if (!(await recut('split', cell))) return;
  state.history.push(step);
  await remember();
  emit('recut', step);
}

// Take a split back, or do it again; false when it could not be done.
export async function travelSplit(step, direction) {
  if (!(await recut(direction < 0 ? 'merge' : 'split', step.split))) return false;
  state.history[direction < 0 ? 'passUndo' : 'passRedo']();
  await remember();
  emit('recut', step);
  return true;
}

// The service divides the draft's cells and everybody's copy is read anew: rows name other units then.
async function recut(what, cell) {
  if (state.isRecutting) return false;
  state.isRecutting = true;
  try {
    if (isUnsaved() && !(await save())) return false;
    const body = what === 'split' ? { cells: [cell] } : { cell };
    await ask(`/v1/plans/${state.planId}/draft:${what}`, {}, { method: 'POST', headers: { 'If-Match': `"${revision()}"` }, body });
    await state.seatAgain();
    return true;
  } catch (error) {
    emit('toast-bad', [error.message, ...(error.problem?.violations ?? [])].join(' '));
    return false;
  } finally {
    state.isRecutting = false;
  }
}
