// What a step is called in the reader's language.

import { number, t } from '../words.js';
import { state } from './state.js';

export function gridWords(grid) {
  return grid < 0 ? t('nobody') : state.model.grids[grid].name;
}

// "Brush: 12 units to 03"
export function stepWords(tool, step) {
  const targets = new Set([...step.units.values()].map(([, to]) => to));
  const to = targets.size === 1 ? gridWords([...targets][0]) : t('several');
  return t('step_words', { tool: t(tool.startsWith('step_') ? tool : `tool_${tool}`), n: number(step.units.size), grid: to });
}
