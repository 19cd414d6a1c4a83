// Everything by keyboard: tools, a cursor that walks from unit to unit, painting, undo, save; and the sheet of keys.

import { el } from '../dom.js';
import { t } from '../words.js';
import { closeDialog, showDialog } from './dialog.js';
import { save } from './saver.js';
import { emit, state } from './state.js';

const TOOL_OF_KEY = { v: 'pan', b: 'brush', e: 'eraser', x: 'box', l: 'lasso', o: 'office', r: 'shop', i: 'pick', t: 'split' };
const WAY_OF_KEY = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const SHEET = [
  ['V B E X L O R I T', 'keys_tools'],
  ['[  ]', 'keys_size'],
  ['1 … 9', 'keys_target'],
  ['G', 'keys_table'],
  ['← ↑ → ↓', 'keys_cursor'],
  ['Space', 'keys_paint'],
  ['N', 'keys_next'],
  ['D', 'keys_detached'],
  ['F', 'keys_repair'],
  ['U', 'keys_even_out'],
  ['Ctrl+Z  Ctrl+Y', 'keys_undo'],
  ['Ctrl+S', 'keys_save'],
  ['+  −', 'keys_zoom'],
  ['Esc', 'keys_escape'],
  ['?', 'keys_sheet'],
];

export function showKeys() {
  const rows = SHEET.map(([keys, words]) => el('tr', {}, el('th', { scope: 'row' }, ...keys.split('  ').map((one) => el('kbd', {}, one))), el('td', {}, t(words))));
  showDialog(t('keys'), el('table', { class: 'keys' }, el('tbody', {}, ...rows)), el('div', { class: 'actions' }, el('button', { type: 'button', class: 'primary', onclick: closeDialog }, t('close'))));
}

export function listenToKeys({ setTool, setSize, setTarget, setCursor, travel, focusTarget, units, tools }) {
  const onMap = (event) => event.target.id === 'map' || event.target === document.body || event.target.id === 'content';

  function step([dx, dy]) {
    const { shapes } = units.index;
    if (state.cursor < 0) {
      const own = state.model.gridOfUnit.indexOf(state.target);
      setCursor(own < 0 ? 0 : own);
      return;
    }
    const here = shapes[state.cursor];
    let best = -1;
    let least = Infinity;
    for (const unit of state.model.disc(state.cursor, 2)) {
      if (unit === state.cursor) continue;
      const along = (shapes[unit].x - here.x) * dx + (shapes[unit].y - here.y) * dy;
      const aside = Math.abs((shapes[unit].x - here.x) * dy) + Math.abs((shapes[unit].y - here.y) * dx);
      if (along <= 0 || along < aside * 0.8) continue;
      const cost = along + 2 * aside;
      if (cost < least) {
        least = cost;
        best = unit;
      }
    }
    if (best >= 0) setCursor(best);
  }

  function paintAtCursor() {
    if (state.cursor < 0) return;
    const { tool } = state;
    if (tool === 'pick') {
      tools.pick(state.cursor);
      return;
    }
    if (tool === 'split') {
      emit('split', state.cursor);
      return;
    }
    if (tool === 'shop') {
      const { start, items } = state.model.shopsOfUnit;
      if (start[state.cursor + 1] > start[state.cursor]) emit('shop', items[start[state.cursor]]);
      else emit('noshop');
      return;
    }
    const chosen = tool === 'office' ? tools.officeOf(state.cursor) : state.model.disc(state.cursor, tool === 'brush' || tool === 'eraser' ? state.size : 0);
    tools.paintAtOnce(chosen, tool === 'pan' ? 'brush' : tool, tool === 'eraser' ? -1 : state.target);
  }

  document.addEventListener('keydown', (event) => {
    if (document.getElementById('dialog').open) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key === 'z') travel(event.shiftKey ? 1 : -1);
      else if (key === 'y') travel(1);
      else if (key === 's') save();
      else return;
      event.preventDefault();
      return;
    }
    if (event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (WAY_OF_KEY[key] && onMap(event)) step(WAY_OF_KEY[key]);
    else if ((key === ' ' || key === 'Enter') && onMap(event)) paintAtCursor();
    else if (key === 'Escape') {
      if (!tools.cancel()) setCursor(-1);
    } else if (TOOL_OF_KEY[key]) setTool(TOOL_OF_KEY[key]);
    else if (key === '[') setSize(state.size - 1);
    else if (key === ']') setSize(state.size + 1);
    else if (key >= '1' && key <= '9') {
      const grid = state.model.grids.findIndex((one) => one.number === Number(key));
      if (grid >= 0) setTarget(grid);
    } else if (key === 'g') focusTarget();
    else if (key === 'n') emit('next-unassigned');
    else if (key === 'd') emit('next-detached');
    else if (key === 'f') emit('repair');
    else if (key === 'u') emit('even-out');
    else if (key === '?') showKeys();
    else if (key === '+' || key === '=') emit('zoom', 1);
    else if (key === '-') emit('zoom', -1);
    else return;
    event.preventDefault();
  });
}
