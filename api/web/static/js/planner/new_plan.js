// Start a draft: from what is in force, from empty grids, or from a spreadsheet with changed owners.

import { ask } from '../ask.js';
import { el } from '../dom.js';
import { setup, t } from '../words.js';
import { closeDialog, showDialog } from './dialog.js';

const LAYERS = ['inspection', 'marketing', 'delivery'];

export function newPlanDialog({ notice, refusal }) {
  const title = el('input', { id: 'title', maxlength: 200, required: true, autocomplete: 'off' });
  const start = ['current', 'empty', 'sheet'].map((name, at) => {
    const box = el('input', { type: 'radio', name: 'start', value: name, onchange: () => { sheet.hidden = name !== 'sheet'; file.required = name === 'sheet'; layers.hidden = name === 'sheet'; } });
    box.checked = at === 0;
    return el('label', { class: 'option' }, box, ' ', t(`plan_start_${name}`));
  });
  const boxes = LAYERS.map((layer) => {
    const box = el('input', { type: 'checkbox', value: layer });
    box.checked = true;
    return [box, el('label', { class: 'option' }, box, ' ', t(`layer_${layer}`))];
  });
  const layers = el('fieldset', {}, el('legend', {}, t('plan_layers')), ...boxes.map(([, label]) => label));
  const file = el('input', { type: 'file', id: 'sheet-file', accept: '.xlsx,.csv' });
  const sheet = el('div', { class: 'sheet', hidden: true }, el('p', {}, el('a', { href: '/v1/roster.xlsx', download: true }, t('sheet_step_1'))), el('p', {}, t('sheet_step_2')), el('label', { for: 'sheet-file' }, t('sheet_step_3')), file);
  const fault = el('p', { class: 'bad', role: 'alert' });
  const go = el('button', { class: 'primary', id: 'create' }, t('plan_create'));

  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    fault.textContent = '';
    const way = event.target.elements.start.value;
    const chosen = boxes.filter(([box]) => box.checked).map(([box]) => box.value);
    try {
      const made = way === 'sheet' ? await fromSheet(title.value.trim(), file.files[0]) : await ask('/v1/plans', {}, { method: 'POST', body: { title: title.value.trim(), start: way, layers: chosen } });
      closeDialog();
      notice(t('loading'));
      location.assign(`/plans/${made.plan_id ?? made.plan.plan_id}/edit`);
    } catch (error) {
      fault.textContent = t('failed', { words: refusal(error) });
      go.disabled = false;
    }
  }

  const form = el('form', { onsubmit: submit }, el('label', { for: 'title' }, t('plan_title')), title, el('fieldset', {}, el('legend', {}, t('plan_start')), ...start), layers, sheet, fault, el('div', { class: 'actions' }, go, el('button', { type: 'button', class: 'quiet', onclick: closeDialog }, t('cancel'))));
  showDialog(t('plan_new'), form);
  title.value = `${t('plan_new')} ${setup.today}`;
  title.select();
}

function fromSheet(title, file) {
  const form = new FormData();
  form.append('title', title);
  form.append('file', file);
  return ask('/v1/plans:from-roster', {}, { method: 'POST', body: form });
}
