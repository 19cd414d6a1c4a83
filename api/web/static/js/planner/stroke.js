// One drag or click: what it may change, what it changed, and why something did not change.

import { Step } from './history.js';
import { emit, state } from './state.js';

export class Stroke {
  constructor(words) {
    this.step = new Step(words);
    this.refused = new Map(); // key and grid -> how many units
    this.nLimited = 0;
  }

  // Give units to a grid (-1 = nobody); gives those that changed.
  paint(units, grid) {
    const { model } = state;
    const changed = [];
    for (const unit of units) {
      if (model.gridOfUnit[unit] === grid) continue;
      if (!isWithinLimit(unit)) {
        this.nLimited += 1;
        continue;
      }
      const refusal = model.refusal(unit, grid);
      if (refusal) {
        const key = `${refusal.key} ${refusal.grid}`;
        this.refused.set(key, { ...refusal, n: (this.refused.get(key)?.n ?? 0) + 1 });
        continue;
      }
      if (this.step.move(model, unit, grid)) changed.push(unit);
    }
    return changed;
  }

  finish() {
    if (!this.step.isEmpty) {
      state.history.push(this.step);
      emit('step', this.step);
    }
    if (this.refused.size) emit('refused', [...this.refused.values()]);
    else if (this.step.isEmpty && this.nLimited) emit('limited', this.nLimited);
    return !this.step.isEmpty;
  }
}

// What a limit leaves alone is what it was when the stroke began to touch it: what was unassigned may be painted on.
export function isWithinLimit(unit) {
  const { limit, model } = state;
  if (limit === 'all') return true;
  if (limit === 'unassigned') return model.gridOfUnit[unit] < 0;
  return model.bench.office_of_unit[unit] === Number(limit);
}
