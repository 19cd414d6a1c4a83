// Ask the engine: it works on a copy, its proposal is drawn as a difference, and accepting it is one step to undo.

import { ask } from '../ask.js';
import { byId, el } from '../dom.js';
import { cancelJob, followJob } from '../job.js';
import { reasonWords } from '../reasons.js';
import { number, percent, t } from '../words.js';
import { closeDialog, showDialog } from './dialog.js';
import { isUnsaved, revision, save, saveDesign, takeService } from './saver.js';
import { sentence } from './sentences.js';
import { emit, on, state } from './state.js';

const DEFAULT_MOVES = 20;
const DISTANCES = ['straight', 'barrier', 'street']; // what compactness is measured along
let running = null; // {copy, job, name, unitSet, before: the grid of every unit when it began}
let isListening = false;

export function showEngine() {
  if (!isListening) {
    on('redrawn', () => {
      if (state.preview && running.unitSet !== state.draft.unit_set_id) finish(t('engine_other_units'), true); // its rows name other units
      else if (!byId('pane-engine').hidden && !running) choices();
    });
    addEventListener('pagehide', () => running && drop(running.copy, true));
  }
  isListening = true;
  if (!running) choices();
}

function choices(words = '', isBad = false) {
  const { model, isReadOnly } = state;
  const boxes = model.grids.map((grid, at) => {
    const box = el('input', { type: 'checkbox', value: String(at) });
    box.checked = !model.locked[at];
    box.disabled = Boolean(model.locked[at]);
    return el('label', { class: 'option' }, box, ` ${grid.name}`);
  });
  const list = el('fieldset', { class: 'grid-choices' }, el('legend', {}, t('engine_which')), ...boxes);
  const chosen = () => boxes.map((label) => label.querySelector('input')).filter((box) => box.checked).map((box) => Number(box.value));
  const moves = el('input', { type: 'number', id: 'moves', min: '1', max: '5000', value: String(DEFAULT_MOVES) });
  const button = (name, act) => el('button', { type: 'button', class: 'primary small', 'data-engine': name, disabled: isReadOnly, onclick: act }, t(`engine_${name}`));
  byId('pane-engine').replaceChildren(
    ...[
      isReadOnly ? el('p', { class: 'notice' }, t('read_only')) : null,
      words ? el('p', { class: isBad ? 'notice bad' : 'notice', role: 'status' }, words) : null,
      rulesLine(),
      el('p', { class: 'muted' }, t('engine_hint')),
      el('section', {}, el('h2', {}, t('engine_balance_title')), list, button('design', () => start('design', chosen(), {}))),
      el('section', {}, el('h2', {}, t('engine_repair_title')), el('p', { class: 'muted' }, t('engine_repair_words')), button('repair', () => start('repair', null, {}))),
      el('section', {}, el('h2', {}, t('engine_spend_title')), el('label', { for: 'moves' }, t('engine_moves')), ' ', moves, ' ', button('spend', () => start('spend', null, { n_moves: Number(moves.value) }))),
    ].filter(Boolean),
  );
}

// What every search and every check has to keep: how even, and how many shops may change hands.
function rulesLine() {
  const { tolerance, count_tolerance: second, carton_tolerance: cartons, churn_budget: budget } = state.model.draft.rules;
  const words = t(cartons === null ? 'rules_now' : 'rules_now_cartons', { cartons: percent(cartons ?? 0), tolerance: percent(tolerance), second: percent(second), budget: budget === null ? t('churn_free') : number(budget), distance: t(`distance_${state.model.draft.rules.distance}`) });
  return el('p', { class: 'rules' }, words, ' ', el('button', { type: 'button', class: 'link', id: 'change-rules', disabled: state.isReadOnly, onclick: changeRules }, t('rules_change')));
}

async function changeRules() {
  const { rules } = state.model.draft;
  const { tolerance, count_tolerance: second, carton_tolerance: third, churn_budget: budget } = rules;
  const field = (id, value, most) => el('input', { id, type: 'number', min: '0', max: most, step: 'any', value: value === null ? null : String(value), required: id !== 'rule-budget' && id !== 'rule-cartons' });
  const share = field('rule-tolerance', +(tolerance * 100).toFixed(2), '99');
  const count = field('rule-second', +(second * 100).toFixed(2), '99');
  const cartons = field('rule-cartons', third === null ? null : +(third * 100).toFixed(2), '99');
  const most = field('rule-budget', budget, '1000000');
  const along = el('select', { id: 'rule-distance' }, ...DISTANCES.map((name) => el('option', { value: name, selected: name === rules.distance }, t(`distance_${name}`))));
  const fault = el('p', { class: 'bad', role: 'alert' });
  const submit = async (event) => {
    event.preventDefault();
    try {
      if (isUnsaved() && !(await save())) return;
      const edit = { kind: 'set_rules', tolerance: Number(share.value) / 100, count_tolerance: Number(count.value) / 100, churn_budget: most.value === '' ? -1 : Math.round(Number(most.value)) };
      if (cartons.value !== '' || third !== null) edit.carton_tolerance = cartons.value === '' ? -1 : Number(cartons.value) / 100;
      if (along.value !== rules.distance) edit.distance = along.value; // measuring ways takes seconds: only where it is asked for
      await ask(`/v1/plans/${state.planId}/draft`, {}, { method: 'PATCH', headers: { 'If-Match': `"${revision()}"` }, body: { layer: state.layer, edits: [edit], step: t('rules_change') } });
      await takeService();
      closeDialog();
      choices();
    } catch (error) {
      fault.textContent = t('failed', { words: error.message });
    }
  };
  showDialog(t('rules_title'), el('form', { onsubmit: submit }, el('label', { for: 'rule-tolerance' }, t('rules_tolerance')), share, el('label', { for: 'rule-second' }, t('rules_second')), count, ...(state.model.bench.cartons ? [el('label', { for: 'rule-cartons' }, t('rules_cartons')), cartons] : []), el('label', { for: 'rule-budget' }, t('rules_budget')), most, el('label', { for: 'rule-distance' }, t('rules_distance')), along, fault, el('div', { class: 'actions' }, el('button', { class: 'primary', id: 'rules-go' }, t('save')), el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel')))));
}

async function start(name, grids, request) {
  if (isUnsaved() && !(await save())) return;
  const pane = byId('pane-engine');
  const meter = el('progress', { max: '1', 'aria-label': t(`engine_${name}`) });
  const words = el('p', { role: 'status' }, t('engine_copying'));
  const stop = el('button', { type: 'button', class: 'quiet', id: 'engine-cancel', disabled: true }, t('cancel'));
  pane.replaceChildren(el('h2', {}, t(`engine_${name}`)), meter, words, stop);
  running = { copy: null, job: null, name, unitSet: state.draft.unit_set_id, before: state.model.gridOfUnit.slice() };
  try {
    const copy = await ask(`/v1/plans/${state.planId}:duplicate`, {}, { method: 'POST', body: { title: t('engine_copy_title', { title: state.draft.title }).slice(0, 200) } });
    running.copy = copy.plan_id;
    if (grids && grids.length < state.model.grids.length) await lockOthers(copy, grids);
    running.job = await ask(`/v1/plans/${copy.plan_id}:${name}`, {}, { method: 'POST', body: { layers: [state.layer], ...request } });
    stop.disabled = false;
    stop.onclick = () => {
      stop.disabled = true;
      cancelJob(running.job);
    };
    await follow(meter, words);
  } catch (error) {
    finish(t('failed', { words: error.message }), true);
  }
}

async function lockOthers(copy, grids) {
  const open = new Set(grids);
  const edits = state.model.grids.flatMap((grid, at) => (open.has(at) || state.model.locked[at] ? [] : [{ kind: 'lock_grid', grid_id: grid.grid_id, locked: true }]));
  if (!edits.length) return;
  await ask(`/v1/plans/${copy.plan_id}/draft`, {}, { method: 'PATCH', headers: { 'If-Match': `"${copy.revision}"` }, body: { layer: state.layer, edits, step: 'the grids that stay' } });
}

async function follow(meter, words) {
  const job = await followJob(running.job, (now, said) => {
    if (now.state === 'running') meter.value = now.progress;
    words.textContent = said;
  });
  if (job.state === 'done') await preview(job.result.layers.find((one) => one.layer === state.layer));
  else finish(t(job.state === 'cancelled' ? 'engine_cancelled' : 'job_failed', { words: reasonWords(job.words) }), job.state === 'failed');
}

async function preview(found) {
  const { model } = state;
  const draft = await ask(`/v1/plans/${running.copy}/draft`, { layer: state.layer });
  if (draft.unit_set_id !== state.draft.unit_set_id || running.unitSet !== state.draft.unit_set_id) {
    finish(t('engine_other_units'), true);
    return;
  }
  const here = draft.grids.map((grid) => model.positionOf.get(grid.grid_id) ?? -1);
  const moves = new Map();
  draft.grid_of_unit.forEach((grid, unit) => {
    const to = grid < 0 ? -1 : here[grid];
    if (to !== running.before[unit] && to !== model.gridOfUnit[unit]) moves.set(unit, to); // what was drawn meanwhile stays
  });
  if (!moves.size) {
    finish(t('engine_nothing'));
    return;
  }
  const { name } = running;
  emit('preview', { moves });
  const rows = [['m_minutes_deviation_share', 'minutes_deviation_share', percent], ['m_minutes_per_day_max', 'minutes_per_day_max', number], ['m_minutes_per_day_min', 'minutes_per_day_min', number], ['m_n_moved', 'n_moved', number]];
  const table = el('table', { class: 'parts-table' }, el('thead', {}, el('tr', {}, el('td', {}), el('th', { scope: 'col', class: 'figure' }, t('engine_before')), el('th', { scope: 'col', class: 'figure' }, t('engine_after')))), el('tbody', {}, ...rows.map(([key, metric, write]) => el('tr', {}, el('th', { scope: 'row' }, t(key)), el('td', { class: 'figure' }, write(found.before[metric] ?? 0)), el('td', { class: 'figure' }, write(found.after[metric] ?? 0))))));
  byId('pane-engine').replaceChildren(
    el('h2', {}, t('engine_preview')),
    el('p', { role: 'status' }, t('engine_preview_words', { n: number(moves.size) })),
    table,
    ...found.warnings.slice(0, 5).map((words) => el('p', { class: 'hint' }, sentence(words))),
    el('div', { class: 'actions' },
      el('button', { type: 'button', class: 'primary', id: 'engine-accept', onclick: () => {
        emit('preview', null);
        emit('accept', { moves, words: t('step_engine', { name: t(`engine_${name}`), n: number(moves.size) }) });
        saveDesign(running.copy);
        finish(t('engine_accepted'));
      } }, t('engine_accept')),
      el('button', { type: 'button', class: 'quiet', id: 'engine-reject', onclick: () => finish(t('engine_rejected')) }, t('engine_reject'))),
  );
}

function finish(words, isBad = false) {
  emit('preview', null);
  if (running?.copy) drop(running.copy);
  running = null;
  choices(words, isBad);
}

// The copy has served; a withdrawn plan stays on record and out of the list.
function drop(copy, keepalive = false) {
  if (copy) ask(`/v1/plans/${copy}:withdraw`, {}, { method: 'POST', body: {}, keepalive }).catch(() => undefined);
}
