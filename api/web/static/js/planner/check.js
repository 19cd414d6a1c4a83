// Every rule that the plan breaks: hard ones stop a publication, warnings want a reason; a click shows the place.

import { ask } from '../ask.js';
import { byId, el } from '../dom.js';
import { deviation, number, percent, setup, t } from '../words.js';
import { isUnsaved, save } from './saver.js';
import { sentence } from './sentences.js';
import { emit, state } from './state.js';
import { gridWords } from './steps.js';

const MOST_SHOWN = 60;

export async function showChecks() {
  const pane = byId('pane-check');
  pane.replaceChildren(el('p', { class: 'empty' }, t('loading')));
  try {
    if (!state.isReadOnly && isUnsaved()) await save();
    const found = await ask(`/v1/plans/${state.planId}/validation`);
    const own = found.findings.filter((one) => one.layer === state.layer);
    const elsewhere = found.findings.filter((one) => one.layer !== state.layer);
    pane.replaceChildren(
      ...[
        group('check_hard', own.filter((one) => one.is_hard), 'bad'),
        group('check_warnings', own.filter((one) => !one.is_hard), 'warn'),
        own.length ? null : el('p', { class: 'empty good' }, t('check_none')),
        elsewhere.length ? el('p', { class: 'hint' }, t('check_elsewhere', { n: number(elsewhere.length), layers: [...new Set(elsewhere.map((one) => t(`layer_${one.layer}`)))].join(t('list_comma')) })) : null,
      ].filter(Boolean),
    );
  } catch (error) {
    pane.replaceChildren(el('p', { class: 'empty bad' }, t('failed', { words: error.message })));
  }
}

function group(title, list, mood) {
  if (!list.length) return null;
  const items = merged(list).slice(0, MOST_SHOWN).map((one) => el('li', {}, el('button', { type: 'button', class: 'finding', onclick: () => show(one) }, ruleWords(one))));
  const more = list.length > MOST_SHOWN ? el('p', { class: 'hint' }, t('check_more', { n: number(list.length - MOST_SHOWN) })) : null;
  return el('section', { class: `findings ${mood}` }, el('h2', {}, `${t(title)} (${number(list.length)})`), el('ul', { class: 'plain' }, ...items), more);
}

// Many unassigned units are one line.
function merged(list) {
  const units = list.filter((one) => one.rule === 'unassigned').map((one) => one.unit).filter((unit) => unit !== null);
  if (units.length < 2) return list;
  return [{ ...list.find((one) => one.rule === 'unassigned'), units }, ...list.filter((one) => one.rule !== 'unassigned')];
}

export function ruleWords(one) {
  const { model } = state;
  const grid = model?.positionOf.get(one.grid_id);
  const key = `rule_${one.rule}`;
  if (!setup.words[key] || (grid === undefined && one.grid_id)) return sentence(one.words);
  const values = { grid: grid === undefined ? '' : gridWords(grid), n: number(one.units?.length ?? 1), words: one.words };
  if (grid !== undefined) {
    const isCount = one.rule === 'load' && one.measure !== 'minutes'; // a grid may be uneven in all three
    const { tolerance, count_tolerance: count, carton_tolerance: cartons } = model.draft.rules;
    values.share = deviation(isCount ? model.countDeviation(grid, one.measure) : model.deviation(grid));
    values.tolerance = percent(!isCount ? tolerance : one.measure === 'cartons' ? cartons ?? count : count);
    values.n = number(state.pieces?.count[grid] ?? 0);
    if (isCount) return t(one.measure === 'cartons' ? 'rule_load_cartons' : 'rule_load_second', values);
  }
  if (one.rule === 'churn_budget') {
    values.n = number(model.nMoved);
    values.budget = number(model.draft.rules.churn_budget ?? 0);
  }
  if (one.rule === 'vacancy') values.grid = model.grids.filter((own) => !own.staff_id).map((own) => own.name).join(t('list_comma'));
  return t(key, values);
}

function show(one) {
  const { model } = state;
  const grid = model.positionOf.get(one.grid_id);
  if (one.units) emit('zoom-units', one.units);
  else if (one.unit !== null && one.unit !== undefined) emit('zoom-units', [one.unit]);
  else if (one.rule === 'broken_grid' && grid !== undefined) {
    const parts = state.pieces.detached.filter((part) => part.grid === grid);
    if (parts.length) emit('zoom-units', parts.flatMap((part) => model.partOf(part.seed)));
    else emit('zoom-grid', grid);
  } else if (grid !== undefined) emit('zoom-grid', grid);
  if (grid !== undefined) emit('target', grid);
}
