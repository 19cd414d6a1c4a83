// Why long work of the service stopped, in the reader's language; a reason that is not known is shown as the service's own words.

import { setup, t } from './words.js';

const LAYER = '(?<layer>inspection|marketing|delivery)';

// How the service says a reason, and the key of our words.
const REASONS = [
  ['the process of the solve died; is the machine short of memory\\?', 'died'],
  ['the solve was cancelled', 'cancelled'],
  ['the solve was cancelled and did not end by itself within (?<a>[\\d.]+) s', 'forced'],
  ['the solve went over its limit of (?<a>[\\d.]+) s and was ended', 'limit'],
  ['cancelled before a plan that keeps every rule was found; the draft stays as it is', 'none_found'],
  ['cancelled; nothing was written', 'nothing_written'],
  ['cancelled; the best so far is kept', 'best_kept'],
  ['plan (?<a>.+) was changed while the search ran; start it again from what is there now', 'changed'],
  ['plan (?<a>.+) is (?<state>\\S+) and can no longer be edited; duplicate it, or have it returned', 'not_editable'],
  [`${LAYER}: what was found moves (?<a>[\\d,]+) shops, (?<b>[\\d,]+) over the budget of (?<c>[\\d,]+); the draft stays as it is.*`, 'budget'],
  ['the draft cannot be searched', 'no_search'],
  [`the plan has no ${LAYER} layer`, 'no_layer'],
  [`${LAYER}: the draft has no grids yet; add some`, 'no_grids'],
  ['the first planning was cancelled; its grids are kept as a draft', 'first_cancelled'],
  ['the first design keeps not every rule; `plan design` tries again', 'first_rules'],
  ['no retailer has an owner yet; import today\'s owners or publish a plan first', 'no_owner'],
  ['the district has no basic units yet; make them with `units make`', 'no_units'],
  ['no cycle that holds (?<a>\\S+) is planned yet; `cycle plan` plans one', 'no_cycle'],
  ['(?<a>\\S+) is not worked in the calendar of (?<b>\\S+)', 'no_work'],
  ['(?<a>.+): holds no rows under its heading \\((?<b>.*)\\)', 'no_rows'],
  ['(?<a>.+): cannot be opened \\((?<b>.*)\\)', 'no_file'],
  ['(?<a>.+): no edge joins two nodes of (?<b>.+)', 'no_edge'],
  ['(?<a>.+): no row names a known shop and a fitting owner', 'no_assignment'],
  ['a fault of this program: (?<a>\\S+)', 'fault'],
].map(([pattern, key]) => [new RegExp(`^${pattern}$`), `reason_${key}`]);

function said(line) {
  for (const [pattern, key] of REASONS) {
    const match = pattern.exec(line);
    if (!match) continue;
    const { layer, state, ...rest } = match.groups ?? {};
    return t(key, { ...rest, layer: layer ? t(`layer_${layer}`) : '', state: state ? t(setup.words[`state_${state}`] ? `state_${state}` : 'reason_closed') : '' });
  }
  return t('reason_other', { words: line });
}

// The reason, and what it lists: one line each.
export const reasonLines = (words) => words.split(/\n\s*-?\s*/).filter(Boolean).map(said);

export const reasonWords = (words) => reasonLines(words).join(t('reason_joint'));
