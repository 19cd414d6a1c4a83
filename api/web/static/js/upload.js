// Uploads: choose a file, see what its columns mean, name the coordinate system, judge it, take it in.

import { ask } from './ask.js';
import { byId, el, say } from './dom.js';
import { kindWords, remark, sentence } from './findings.js';
import { Stopped, showJob } from './job.js';
import { faultOf, sendForm } from './send.js';
import { date, number, setup, t } from './words.js';

const SHOWN = 300;

export function startUpload(mayWrite, afterImport) {
  const form = byId('upload-form');
  const state = { inspection: null };

  const kind = () => byId('table-kind').value;

  function options() {
    const columns = {};
    for (const select of byId('mapping').querySelectorAll('select')) {
      if (select.value) columns[select.dataset.column] = select.value;
    }
    return JSON.stringify({ columns, crs: byId('crs').value || null, level: kind() === 'areas' ? byId('level').value : '' });
  }

  function fault(error) {
    const [first, ...rest] = (error instanceof Stopped ? error.message : faultOf(error)).split(/\n\s*-?\s*/);
    byId('report').replaceChildren(el('p', { class: 'notice bad', role: 'alert' }, first), rest.length ? el('ul', {}, ...rest.map((line) => el('li', {}, line))) : '');
    say(first);
  }

  async function inspect() {
    byId('mapping').hidden = true;
    byId('crs-field').hidden = true;
    byId('upload-actions').hidden = true;
    byId('report').replaceChildren();
    const file = byId('file').files[0];
    byId('nodes-field').hidden = kind() !== 'streets';
    byId('level-field').hidden = kind() !== 'areas';
    if (!file) return;
    if (kind() === 'barriers') {
      state.inspection = null;
      byId('crs-field').hidden = false;
      byId('upload-actions').hidden = false;
      return;
    }
    const sent = new FormData();
    sent.set('kind', kind());
    sent.set('file', file);
    try {
      state.inspection = await sendForm('/v1/imports:inspect', sent);
      showMapping(state.inspection);
    } catch (error) {
      fault(error);
    }
  }

  function showMapping(found) {
    const choices = (heading) => [el('option', { value: '' }, t('data_no_column')), ...found.headings.map((name) => el('option', { value: name, selected: name === heading }, name))];
    const needed = new Set([...found.columns.filter((column) => column.required).map((column) => column.name), ...found.one_of.flat()]);
    const rows = found.columns.map((column) => {
      const id = `column-${column.name}`;
      const sample = column.heading ? found.samples.map((row) => row[found.headings.indexOf(column.heading)]).filter(Boolean)[0] : null;
      return el('tr', {},
        el('td', {}, el('label', { for: id, class: needed.has(column.name) ? 'needed' : null, title: column.meaning }, setup.words[`column_${column.name}`] ? t(`column_${column.name}`) : column.name), el('small', {}, column.name)),
        el('td', {}, el('select', { id, 'data-column': column.name }, ...choices(column.heading)), el('small', {}, sample ? t('data_sample', { value: sample }) : '')));
    });
    byId('mapping').replaceChildren(
      el('p', {}, t('data_rows_found', { n: number(found.n_rows), file: found.file_name })),
      ...found.notes.map((note) => el('p', { class: 'muted' }, remark(note))),
      el('div', { class: 'mapping', tabindex: '0', role: 'region', 'aria-label': t('data_mapping') },
        el('table', {}, el('thead', {}, el('tr', {}, el('th', {}, t('data_column')), el('th', {}, t('data_heading')))), el('tbody', {}, ...rows))));
    byId('mapping').hidden = false;
    const mayHold = found.has_positions || found.columns.some((column) => column.name.endsWith('lon'));
    byId('crs-field').hidden = !mayHold;
    byId('crs').value = found.declared_datum ?? '';
    byId('upload-actions').hidden = false;
    document.body.dataset.inspected = found.file_name;
  }

  async function submit(event) {
    event.preventDefault();
    const isDry = event.submitter?.value === 'dry';
    const sent = new FormData();
    sent.set('kind', kind());
    sent.set('file', byId('file').files[0]);
    if (kind() === 'streets' && byId('nodes').files[0]) sent.set('nodes', byId('nodes').files[0]);
    sent.set('options', options());
    sent.set('dry_run', String(isDry));
    form.setAttribute('aria-busy', 'true');
    for (const button of form.querySelectorAll('button')) button.disabled = true;
    byId('report').replaceChildren(el('p', { class: 'notice', role: 'status' }, t('data_working')));
    try {
      const done = await showJob(await sendForm('/v1/imports', sent), byId('report'));
      showReport(await ask(done.links.report));
      if (!isDry) {
        await Promise.all([showPast(), afterImport()]);
      }
    } catch (error) {
      fault(error);
    } finally {
      form.removeAttribute('aria-busy');
      for (const button of form.querySelectorAll('button')) button.disabled = false;
    }
  }

  function showReport(report) {
    const tile = (name, isBad) => el('div', { class: isBad && report.counts[name] ? 'tile bad' : 'tile' }, el('strong', {}, number(report.counts[name])), el('span', {}, t(`data_count_${name}`)));
    const order = { rejected: 0, fault: 1, suspicious: 2 };
    const findings = [...report.findings].sort((a, b) => order[a.severity] - order[b.severity] || (a.row_no ?? 0) - (b.row_no ?? 0));
    const rows = findings.slice(0, SHOWN).map((one) => el('tr', {}, el('td', {}, one.row_no === null ? '' : String(one.row_no)), el('td', {}, t(`data_severity_${one.severity}`)), el('td', {}, [one.row_no === null && one.subject ? `${one.subject} · ` : '', sentence(one)].join(''))));
    const title = report.is_dry_run ? t('data_report_dry', { file: report.file_name }) : t('data_report', { file: report.file_name });
    byId('report').replaceChildren(
      el('h2', { tabindex: '-1', id: 'report-title' }, title),
      el('div', { class: 'tally' }, tile('rows'), tile('new'), tile('changed'), tile('unchanged'), tile('accepted'), tile('rejected', true), tile('suspicious'), tile('removed')),
      report.notes.length ? el('ul', {}, ...report.notes.map((note) => el('li', {}, remark(note)))) : '',
      findings.length ? el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('data_findings') },
        el('table', {}, el('thead', {}, el('tr', {}, el('th', {}, t('data_row')), el('th', {}, t('data_severity')), el('th', {}, t('data_why')))), el('tbody', {}, ...rows))) : el('p', { class: 'notice good' }, t('data_no_findings')),
      findings.length > SHOWN ? el('p', { class: 'muted' }, t('data_more_findings', { n: number(findings.length - SHOWN) })) : '',
      findings.length ? el('button', { type: 'button', class: 'quiet', onclick: () => download(report, findings) }, t('data_download')) : '',
    );
    byId('report-title').focus();
    say(title);
    document.body.dataset.reported = report.is_dry_run ? 'dry' : 'done';
  }

  // Cells that a spreadsheet would run as a formula are written as text.
  function download(report, findings) {
    const cell = (value) => {
      const text = String(value ?? '').replaceAll('"', '""');
      return `"${/^[=+\-@]/.test(text) ? `'${text}` : text}"`;
    };
    const lines = [['data_row', 'data_severity', 'data_kind_of_doubt', 'data_subject', 'data_heading', 'data_why'].map((key) => t(key)), ...findings.map((f) => [f.row_no, t(`data_severity_${f.severity}`), kindWords(f.code), f.subject, f.column, sentence(f)])];
    const url = URL.createObjectURL(new Blob(['\ufeff', lines.map((line) => line.map(cell).join(',')).join('\r\n')], { type: 'text/csv' }));
    const link = el('a', { href: url, download: `${report.file_name}.findings.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  async function showPast() {
    const { items } = await ask('/v1/imports', { limit: 10 });
    if (!items.length) return;
    const rows = items.map((one) => el('tr', {}, el('td', {}, date(one.imported_at)), el('td', {}, setup.words[`data_kind_${one.kind}`] ? t(`data_kind_${one.kind}`) : one.kind), el('td', {}, one.file_name), el('td', { class: 'figure' }, number(one.counts.accepted ?? 0)), el('td', { class: 'figure' }, number(one.counts.rejected ?? 0)), el('td', {}, one.imported_by)));
    const heads = ['data_when', 'data_table', 'data_file', 'data_count_accepted', 'data_count_rejected', 'data_who'].map((name, at) => el('th', { class: at === 3 || at === 4 ? 'figure' : null }, t(name)));
    byId('past').replaceChildren(el('h2', {}, t('data_past')), el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('data_past') }, el('table', {}, el('thead', {}, el('tr', {}, ...heads)), el('tbody', {}, ...rows))));
  }

  byId('file').addEventListener('change', inspect);
  byId('table-kind').addEventListener('change', inspect);
  form.addEventListener('submit', submit);
  if (mayWrite) showPast().catch(() => {});
}
