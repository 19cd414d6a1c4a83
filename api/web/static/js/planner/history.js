// Steps that can be taken back: what changed, from what, to what, and in which words. One drag is one step.

export const MOST_STEPS = 300;

export class Step {
  constructor(words) {
    this.words = words;
    this.units = new Map(); // unit -> [from, to]
    this.shops = new Map(); // shop -> [from, to], each {grid, kept}
    this.locks = new Map(); // grid -> [from, to]
    this._flat = null; // the units as one array, see pack
    this.split = null; // the cell that was split: steps before name rows of the units before, steps after of those after
  }

  get isEmpty() {
    return !this.units.size && !this.shops.size && !this.locks.size && !this.split;
  }

  move(model, unit, grid) {
    const before = model.gridOfUnit[unit];
    if (!model.set(unit, grid)) return false;
    this._flat = null;
    const known = this.units.get(unit);
    if (known && known[0] === grid) this.units.delete(unit);
    else this.units.set(unit, [known ? known[0] : before, grid]);
    return true;
  }

  keep(model, shop, grid, kept) {
    const before = { grid: model.keptAt[shop], kept: model.keptBy.get(shop) ?? null };
    model.keep(shop, grid, kept);
    this.shops.set(shop, [this.shops.get(shop)?.[0] ?? before, { grid, kept: model.keptBy.get(shop) ?? null }]);
  }

  lock(model, grid, isLocked) {
    this.locks.set(grid, [Boolean(model.locked[grid]), isLocked]);
    model.lock(grid, isLocked);
  }

  // side 0 takes the step back, side 1 does it again; gives the units that changed
  apply(model, side) {
    const changed = [];
    for (const [unit, ends] of this.units) if (model.set(unit, ends[side])) changed.push(unit);
    for (const [shop, ends] of this.shops) model.keep(shop, ends[side].grid, ends[side].kept);
    for (const [grid, ends] of this.locks) model.lock(grid, ends[side]);
    return changed;
  }

  // A browser copies a hundred long arrays of numbers in a millisecond, and as many nested ones in fifty.
  pack() {
    this._flat ??= Int32Array.from([...this.units].flatMap(([unit, ends]) => [unit, ...ends]));
    return { words: this.words, units: this._flat, shops: [...this.shops], locks: [...this.locks], split: this.split };
  }

  static unpack({ words, units, shops, locks, split }) {
    const step = new Step(words);
    for (let at = 0; at < units.length; at += 3) step.units.set(units[at], [units[at + 1], units[at + 2]]);
    step.shops = new Map(shops);
    step.locks = new Map(locks);
    step.split = split ?? null;
    return step;
  }
}

export class History {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  push(step) {
    this.done.push(step);
    if (this.done.length > MOST_STEPS) this.done.shift();
    this.undone = [];
  }

  undo(model) {
    const step = this.done.pop();
    if (!step) return null;
    this.undone.push(step);
    return { step, changed: step.apply(model, 0) };
  }

  // A split is taken back and done again by the service; here it only changes sides.
  passUndo() {
    this.undone.push(this.done.pop());
  }

  passRedo() {
    this.done.push(this.undone.pop());
  }

  redo(model) {
    const step = this.undone.pop();
    if (!step) return null;
    this.done.push(step);
    return { step, changed: step.apply(model, 1) };
  }

  pack() {
    return { done: this.done.map((step) => step.pack()), undone: this.undone.map((step) => step.pack()) };
  }

  static unpack(packed) {
    const history = new History();
    history.done = packed.done.map(Step.unpack);
    history.undone = packed.undone.map(Step.unpack);
    return history;
  }
}
