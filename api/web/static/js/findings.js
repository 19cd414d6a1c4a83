// Findings in the reader's language: the kind, and a sentence of the measures behind it.

import { number, setup, t } from './words.js';

const known = (key) => setup.words[key] !== undefined;

export const kindWords = (code) => (known(`doubt_${code}`) ? t(`doubt_${code}`) : code.replaceAll('_', ' '));

const columnWords = (names) => names.split(', ').map((name) => (known(`column_${name}`) ? t(`column_${name}`) : name)).join(t('list_comma'));

// 1 = Monday, in the reader's language.
const weekdayWords = (day) => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, day)));

const TOLD = {
  field: columnWords,
  layer: (name) => t(`layer_${name}`),
  weekday: weekdayWords,
  usual_weekday: weekdayWords,
  because: (name) => t(`because_${name}`),
  precision: (name) => t(`precision_${name}`),
  kind: (name) => t(`alias_kind_${name}`),
  likely: (name) => t(`data_crs_${name}`),
  claimed: (name) => t(`data_crs_${name}`),
};
const EXACT = new Set(['lon', 'lat']); // digits are not rounded away

// One measure as people read it.
export function evidenceWords(name, value) {
  if (TOLD[name]) return TOLD[name](value);
  if (typeof value !== 'number') return value;
  return EXACT.has(name) ? value.toFixed(6) : number(value);
}

// What has its measures is said in the reader's language; the rest in the words that it was found with.
export const sentence = (finding) => said(finding, [`say_${finding.code}`, `say_${finding.code}_brief`]);

// How a file was understood.
export const remark = (note) => said(note, [`note_${note.code}`]);

function said(finding, keys) {
  for (const key of keys) {
    if (!known(key)) continue;
    const wanted = [...setup.words[key].matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (wanted.every((name) => finding.evidence[name] !== undefined)) {
      return t(key, Object.fromEntries(wanted.map((name) => [name, evidenceWords(name, finding.evidence[name])])));
    }
  }
  return finding.words;
}
