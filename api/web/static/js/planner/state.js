// What the parts of the editor share: one object, and a small bus to say that something changed.

const listeners = new Map();

export function on(name, act) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(act);
}

export function emit(name, value) {
  for (const act of listeners.get(name) ?? []) act(value);
}

export const state = {
  model: null,
  history: null,
  draft: null,
  planId: null,
  layers: [], // of the plan
  ids: [], // of the units: H3 indices or area codes
  kind: 'h3',
  isRecutting: false, // while the service divides cells, nothing is painted, locked or repaired
  seatAgain: null, // reads units, bench and draft anew
  isPainting: null, // whether the pointer is amid a stroke
  layer: null,
  isReadOnly: true,
  tool: 'pan',
  size: 1,
  target: 0, // the grid that is painted into
  limit: 'all',
  cursor: -1, // the unit under the keyboard's cursor
  preview: null, // {moves: Map, words, apply} while the engine's proposal is shown
  routes: new Map(), // grid -> {before_min, after_min} of a working day on the street network
};
