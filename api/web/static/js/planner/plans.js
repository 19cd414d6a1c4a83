// The list of plans: where each stands, how even it is, and every step of its life.

import { Refused, ask } from '../ask.js';
import { byId, el, say } from '../dom.js';
import { number, percent, setup, t, timeOf } from '../words.js';
import { closeDialog, showDialog } from './dialog.js';
import { publishDialog, rollbackDialog } from './publish.js';
import { newPlanDialog } from './new_plan.js';

const MOST_COMPARED = 4;
const chosen = new Set();
let showWithdrawn = false;
let newestGeneration = 0;
const may = (action) => setup.may.includes(action);

export function notice(words, isBad = false) {
  const box = byId('notice');
  box.textContent = words;
  box.classList.toggle('bad', isBad);
  box.hidden = false;
  say(words);
}

function stateOf(plan) {
  return plan.state === 'published' && plan.effective_from && new Date(plan.effective_from) > new Date() ? 'scheduled' : plan.state;
}

const ACTIONS = [
  ['submit', 'plans:write', ['draft', 'returned']],
  ['approve', 'plans:publish', ['submitted']],
  ['publish', 'plans:publish', ['approved']],
  ['return', 'plans:publish', ['submitted', 'approved']],
  ['rebase', 'plans:write', ['draft', 'returned']],
  ['duplicate', 'plans:write', null],
  ['rollback', 'plans:write', ['published', 'superseded']],
  ['withdraw', 'plans:write', ['draft', 'returned', 'submitted', 'approved']],
];

function card(plan) {
  const isEditable = may('plans:write') && ['draft', 'returned'].includes(plan.state);
  const state = stateOf(plan);
  const facts = [t('plan_by', { name: plan.created_by, time: timeOf(plan.created_at) }), plan.effective_from ? t('plan_effective', { time: timeOf(plan.effective_from) }) : t('plan_base', { generation: number(plan.base_generation) })];
  const check = el('input', { type: 'checkbox', 'aria-label': t('choose_plan', { title: plan.title }), onchange: (event) => choose(plan.plan_id, event.target.checked) });
  check.checked = chosen.has(plan.plan_id);
  const actions = ACTIONS.filter(([name, action, states]) => may(action) && (!states || states.includes(plan.state)) && (name !== 'rebase' || plan.base_generation < newestGeneration)).map(([name]) => el('button', { type: 'button', class: name === 'publish' || name === 'approve' || name === 'submit' ? 'primary small' : 'quiet', 'data-act': name, onclick: () => act(name, plan) }, t(`plan_${name}`)));
  const figures = el('div', { class: 'plan-figures', 'aria-busy': 'true' }, el('span', { class: 'muted' }, t('plan_measuring')));
  const headline = el('p', { class: 'headline' });
  const box = el(
    'article',
    { class: 'plan', 'data-plan': plan.plan_id, 'data-state': state },
    el('label', { class: 'choose' }, check),
    el('div', { class: 'plan-main' },
      el('h2', {}, el('a', { href: `/plans/${plan.plan_id}/edit` }, plan.title), ' ', el('span', { class: `state ${state}` }, t(`state_${state}`))),
      el('p', { class: 'muted' }, facts.join(' · ')),
      headline,
      figures),
    el('div', { class: 'plan-actions' }, el('a', { class: `button ${isEditable ? 'primary small' : 'quiet'}`, href: `/plans/${plan.plan_id}/edit` }, t(isEditable ? 'plan_edit' : 'plan_look')), el('a', { class: 'button quiet', href: `/plans/${plan.plan_id}/handover` }, t('plan_handover')), ...actions),
  );
  measure(plan, figures, headline);
  return box;
}

async function measure(plan, figures, headline) {
  try {
    const measured = await ask(`/v1/plans/${plan.plan_id}/metrics`);
    figures.replaceChildren(...plan.layers.map((layer) => layerFigure(layer, measured.layers[layer].after)));
    headline.textContent = measured.headline[setup.language];
    headline.classList.toggle('bad', measured.n_hard_findings > 0);
  } catch (error) {
    figures.replaceChildren(el('span', { class: 'bad' }, t('failed', { words: error.message })));
  }
  figures.removeAttribute('aria-busy');
  headline.hidden = !headline.textContent;
}

function layerFigure(layer, metrics) {
  const share = metrics.minutes_deviation_share;
  const parts = [share === null ? '–' : t('plan_deviation', { share: percent(share) }), t('plan_moved', { n: number(metrics.n_moved) })];
  return el('span', { class: 'plan-figure' }, el('b', {}, t(`layer_${layer}`)), ` ${parts.join(' · ')}`);
}

function choose(planId, isChosen) {
  if (isChosen) chosen.add(planId);
  else chosen.delete(planId);
  const link = byId('compare');
  const isReady = chosen.size >= 2 && chosen.size <= MOST_COMPARED;
  link.textContent = isReady ? t('compare_chosen', { n: chosen.size }) : t('compare_pick');
  link.classList.toggle('primary', isReady);
  if (isReady) link.href = `/plans/compare?${[...chosen].map((one) => `plan=${one}`).join('&')}`;
  else link.removeAttribute('href');
  link.setAttribute('aria-disabled', String(!isReady));
}

async function act(name, plan) {
  if (name === 'publish') return publishDialog(plan, { onDone: show });
  if (name === 'rollback') return rollbackDialog(plan, { onDone: show });
  if (name === 'duplicate' || name === 'rebase') return run(name, plan);
  const words = el('textarea', { id: 'words', rows: 2, maxlength: 1000 });
  const form = el('form', { method: 'dialog', onsubmit: () => run(name, plan, words.value.trim()) },
    name === 'withdraw' ? el('p', {}, t('withdraw_words')) : null,
    el('label', { for: 'words' }, t('words_for')), words,
    el('div', { class: 'actions' }, el('button', { class: 'primary', id: 'go' }, t(`plan_${name}`)), el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel'))));
  showDialog(plan.title, form);
  return undefined;
}

async function run(name, plan, words = '') {
  try {
    const made = await ask(`/v1/plans/${plan.plan_id}:${name}`, {}, { method: 'POST', body: name === 'duplicate' || name === 'rebase' ? {} : { words } });
    notice(t(`done_${name}`));
    await show(made.plan_id);
  } catch (error) {
    notice(t('failed', { words: refusal(error) }), true);
  }
}

export function refusal(error) {
  const more = error instanceof Refused ? (error.problem.violations ?? []).slice(0, 6).join('; ') : '';
  return more ? `${error.message} (${more})` : error.message;
}

async function show(focusOn = null) {
  const box = byId('plans');
  try {
    const [{ items: all }, { items: published }] = await Promise.all([ask('/v1/plans'), ask('/v1/generations')]);
    newestGeneration = published[0]?.generation ?? 0;
    const items = all.filter((plan) => plan.state !== 'withdrawn' || showWithdrawn);
    const nHidden = all.length - items.length;
    byId('withdrawn').hidden = !nHidden && !showWithdrawn;
    box.replaceChildren(...(items.length ? items.map(card) : [el('div', { class: 'empty' }, el('h2', {}, t('plan_none_title')), el('p', {}, t('plan_none')))]));
    if (typeof focusOn === 'string') document.querySelector(`[data-plan="${focusOn}"] h2 a`)?.focus();
  } catch (error) {
    box.replaceChildren(el('p', { class: 'empty bad' }, t('failed', { words: error.message })), el('p', { class: 'empty' }, el('button', { type: 'button', class: 'primary', onclick: () => show() }, t('again'))));
  }
  box.removeAttribute('aria-busy');
  document.body.dataset.painted = '1';
}

byId('new-plan').hidden = !may('plans:write');
byId('new-plan').addEventListener('click', () => newPlanDialog({ notice, refusal }));
byId('show-withdrawn').addEventListener('change', (event) => {
  showWithdrawn = event.target.checked;
  show();
});
byId('dialog').addEventListener('click', (event) => event.target === byId('dialog') && closeDialog());
show(new URLSearchParams(location.search).get('plan'));
