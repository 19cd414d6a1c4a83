// The checklist before a publication: hard errors stop it, warnings want a reason, and who will be told.

import { ask } from '../ask.js';
import { byId, el } from '../dom.js';
import { number, t } from '../words.js';
import { ruleWords } from './check.js';
import { closeDialog, showDialog } from './dialog.js';
import { notice, refusal } from './plans.js';

export async function publishDialog(plan, { onDone }) {
  showDialog(t('publish_title', { title: plan.title }), el('p', { role: 'status' }, t('publish_checking')));
  try {
    const [validation, diff] = await Promise.all([ask(`/v1/plans/${plan.plan_id}/validation`), ask(`/v1/plans/${plan.plan_id}/diff`)]);
    form(plan, validation, diff, onDone);
  } catch (error) {
    showDialog(t('publish_title', { title: plan.title }), el('p', { class: 'bad' }, t('failed', { words: error.message })), closing());
  }
}

const closing = () => el('div', { class: 'actions' }, el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('close')));

function findingList(list) {
  return el('ul', { class: 'checklist' }, ...list.slice(0, 12).map((one) => el('li', {}, `${t(`layer_${one.layer}`)} · ${ruleWords(one)}`)), ...(list.length > 12 ? [el('li', {}, t('check_more', { n: number(list.length - 12) }))] : []));
}

function form(plan, validation, diff, onDone) {
  const hard = validation.findings.filter((one) => one.is_hard);
  const soft = validation.findings.filter((one) => !one.is_hard);
  const told = diff.staff.filter((one) => one.gained.length || one.lost.length);
  const moved = Object.values(diff.n_moved).reduce((sum, one) => sum + one, 0);
  const notes = [['publish_orders', diff.n_order_days_changed], ['publish_cases', diff.n_open_collaborations], ['publish_all_three', diff.lose_all_three.length]].filter(([, n]) => n);
  const reason = el('textarea', { id: 'reason', rows: 2, maxlength: 1000, required: soft.length > 0 });
  const now = el('input', { type: 'radio', name: 'when', value: 'now' });
  now.checked = true;
  const later = el('input', { type: 'radio', name: 'when', value: 'later' });
  const at = el('input', { type: 'datetime-local', id: 'at', 'aria-label': t('publish_at'), oninput: () => { later.checked = true; } });
  const fault = el('p', { class: 'bad', role: 'alert' });
  const go = el('button', { class: 'primary', id: 'publish-go' }, t('publish_go'));
  go.disabled = hard.length > 0;

  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    const body = { reason: reason.value.trim() };
    if (later.checked && at.value) body.effective_from = new Date(at.value).toISOString();
    try {
      const done = await ask(`/v1/plans/${plan.plan_id}:publish`, {}, { method: 'POST', body });
      closeDialog();
      notice(t('publish_done', { generation: number(done.generation), n: number(Object.values(done.n_changed).reduce((sum, one) => sum + one, 0)) }));
      byId('notice').append(' ', el('a', { href: `/v1/plans/${plan.plan_id}/handover.xlsx`, download: true, id: 'handover' }, t('publish_sheet')));
      await onDone(plan.plan_id);
    } catch (error) {
      fault.textContent = t('failed', { words: refusal(error) });
      go.disabled = false;
    }
  }

  showDialog(
    t('publish_title', { title: plan.title }),
    el('form', { onsubmit: submit, id: 'publish-form' },
      el('section', { class: hard.length ? 'check bad' : 'check good' }, el('h3', {}, hard.length ? t('publish_hard', { n: number(hard.length) }) : t('publish_clean')), hard.length ? findingList(hard) : null),
      soft.length ? el('section', { class: 'check warn' }, el('h3', {}, t('publish_warnings', { n: number(soft.length) })), findingList(soft), el('label', { for: 'reason' }, t('publish_reason')), reason) : null,
      notes.length ? el('section', { class: 'check' }, ...notes.map(([key, n]) => el('p', {}, t(key, { n: number(n) })))) : null,
      el('details', { class: 'check', id: 'told' }, el('summary', {}, t('publish_told', { n: number(told.length), moved: number(moved) })), el('ul', { class: 'checklist' }, ...told.map((one) => el('li', {}, t('labelled', { label: `${one.name} · ${t(`layer_${one.layer}`)}`, words: t('publish_gains', { gained: number(one.gained.length), lost: number(one.lost.length) }) }))))),
      el('fieldset', {}, el('legend', {}, t('publish_when')), el('label', { class: 'option' }, now, ' ', t('publish_now')), el('label', { class: 'option' }, later, ' ', t('publish_at')), at),
      fault,
      el('div', { class: 'actions' }, go, el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel')))),
  );
}

export function rollbackDialog(plan, { onDone }) {
  const fault = el('p', { class: 'bad', role: 'alert' });
  const go = el('button', { class: 'primary', id: 'go' }, t('rollback_go'));
  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    try {
      const made = await ask(`/v1/plans/${plan.plan_id}:rollback`, {}, { method: 'POST', body: {} });
      closeDialog();
      notice(t('done_rollback'));
      await onDone(made.plan_id);
    } catch (error) {
      fault.textContent = t('failed', { words: refusal(error) });
      go.disabled = false;
    }
  }
  showDialog(t('rollback_title', { title: plan.title }), el('form', { onsubmit: submit }, el('p', {}, t('rollback_words')), fault, el('div', { class: 'actions' }, go, el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel')))));
}
