// The service's sentences about a plan, in the reader's language; one that is not known stays as it is.

import { t } from '../words.js';

const GRID = '(?:[Gg]rid )?(.+)';
const UNIT = '[Uu]nit (\\S+)';
const SENTENCES = [
  [`${GRID} is ([\\d.,]+) minutes a day outside its tolerance`, 'said_minutes'],
  [`${GRID} is ([\\d.,]+) retailers outside its tolerance`, 'said_retailers'],
  [`${GRID} is ([\\d.,]+) cartons outside its tolerance`, 'said_cartons'],
  [`${UNIT} lies in no grid\\.?`, 'said_unassigned'],
  ['([\\d,]+) units lie in no grid', 'said_unassigned_many'],
  [`${GRID} has no unit\\.`, 'said_empty'],
  [`${GRID} lies in (\\d+) pieces that staff cannot pass between\\.`, 'said_broken'],
  [`${UNIT} is pinned to ${GRID} but lies in (.+)\\.`, 'said_pin'],
  [`The staff base of ${GRID} is ${UNIT}, which lies in ${GRID}\\.`, 'said_base'],
  [`${GRID} is locked but (\\d+) units joined or left it.*`, 'said_lock'],
  ['The units of group (\\S+) must stay together but lie in grids (.+)\\.', 'said_together'],
  [`${UNIT} must not lie in ${GRID}\\.`, 'said_forbidden'],
  [`${GRID} lies in jurisdictions (.+); it may lie in one only\\.`, 'said_jurisdiction'],
  ['([\\d.,e+]+) leave their present grid, ([\\d.,e+]+) over the budget of ([\\d.,e+]+)\\.', 'said_churn'],
  ['([\\d,]+) shops get another owner, ([\\d,]+) over the budget of ([\\d,]+)', 'said_churn'],
  ['nobody owns (.+); the department answers there', 'said_vacancy'],
  ['(.+) owns shops but is not in service today', 'said_not_in_service'],
].map(([pattern, key]) => [new RegExp(`^${pattern}$`), key]);

export function sentence(words) {
  for (const [pattern, key] of SENTENCES) {
    const found = pattern.exec(words);
    if (found) return t(key, { a: found[1], b: found[2], c: found[3] });
  }
  return words;
}
