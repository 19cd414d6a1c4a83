// The draft in the browser: who has which unit, running sums, churn, trios, pieces. No document, no network.
//
// Positions are rows everywhere: unit rows of the unit set, shop rows of the bench, grid positions of the draft; -1 is
// nobody. A shop that is kept elsewhere counts for its keeper's grid and not for its unit's, as the service counts.

export const NOBODY = -1;

// A list of lists as two arrays: the members of i are items[start[i]] .. items[start[i + 1] - 1].
export function groupRows(keys, n) {
  const start = new Int32Array(n + 1);
  for (const key of keys) if (key >= 0) start[key + 1] += 1;
  for (let at = 0; at < n; at += 1) start[at + 1] += start[at];
  const next = start.slice();
  const items = new Int32Array(start[n]);
  keys.forEach((key, row) => {
    if (key < 0) return;
    items[next[key]] = row;
    next[key] += 1;
  });
  return { start, items };
}

export function neighboursOf(edges, n) {
  const start = new Int32Array(n + 1);
  for (let edge = 0; edge < edges.length; edge += 1) {
    start[edges[edge][0] + 1] += 1;
    start[edges[edge][1] + 1] += 1;
  }
  for (let at = 0; at < n; at += 1) start[at + 1] += start[at];
  const next = start.slice();
  const items = new Int32Array(start[n]);
  for (let edge = 0; edge < edges.length; edge += 1) {
    const a = edges[edge][0];
    const b = edges[edge][1];
    items[next[a]] = b;
    next[a] += 1;
    items[next[b]] = a;
    next[b] += 1;
  }
  return { start, items };
}

export class Model {
  // bench: the columns of /v1/plans/{id}/bench; edges: pairs of units that a grid may join; draft: the layer's draft
  constructor({ bench, edges, draft }) {
    this.bench = bench;
    this.nUnits = bench.office_of_unit.length;
    this.nShops = bench.unit.length;
    this.shopsOfUnit = groupRows(bench.unit, this.nUnits);
    this.rowOfShop = new Map(bench.retailer_id.map((id, row) => [id, row]));
    this.ownerNow = Int32Array.from(bench.owner);
    this.allEdges = edges;
    this.trioKeys = bench.elsewhere.map((owners) => owners);
    this._mark = new Uint8Array(this.nUnits);
    this._stack = new Int32Array(this.nUnits);
    this.takeDraft(draft);
  }

  // A draft as it was read, with the colours that its grids have here: nobody wants the map repainted under the hand.
  inMyColours(draft) {
    const colourOf = new Map(this.grids.map((grid) => [grid.grid_id, grid.colour]));
    return { ...draft, colours: draft.grids.map((grid, at) => colourOf.get(grid.grid_id) ?? draft.colours[at]) };
  }

  takeDraft(draft) {
    this.draft = draft;
    this._pins = null;
    this._bans = null;
    this.grids = draft.grids.map((grid, at) => ({ ...grid, colour: draft.colours[at] }));
    this.positionOf = new Map(this.grids.map((grid, at) => [grid.grid_id, at]));
    this.locked = Uint8Array.from(this.grids, (grid) => (grid.is_locked ? 1 : 0));
    this.staffOf = this.grids.map((grid) => this.staffPosition(grid.staff_id));
    const closed = new Set(draft.rules.barriers.map(([a, b]) => `${a},${b}`));
    const open = closed.size ? this.allEdges.filter(([a, b]) => !closed.has(`${a},${b}`)) : this.allEdges;
    this.neighbours = neighboursOf(open, this.nUnits);
    this.gridOfUnit = Int16Array.from(draft.grid_of_unit);
    this.keptAt = new Int16Array(this.nShops).fill(-2); // -2: with its unit
    this.keptBy = new Map();
    for (const kept of draft.exceptions) {
      const row = this.rowOfShop.get(kept.retailer_id);
      if (row === undefined) continue;
      this.keptAt[row] = kept.grid_id === null ? NOBODY : this.positionOf.get(kept.grid_id) ?? NOBODY;
      this.keptBy.set(row, { staff: this.staffPosition(kept.staff_id), reason: kept.reason });
    }
    this.recount();
  }

  staffPosition(staffId) {
    if (!staffId) return NOBODY;
    this._staff ??= new Map(this.bench.staff.map((person, at) => [person.staff_id, at]));
    return this._staff.get(staffId) ?? NOBODY;
  }

  recount() {
    const n = this.grids.length;
    this.units = new Int32Array(n);
    this.shops = new Int32Array(n);
    this.minutes = new Float64Array(n);
    this.cartons = new Float64Array(n);
    this.kept = new Int32Array(n);
    this.nUnassigned = 0;
    this.nMoved = 0;
    this.trios = new Map();
    for (let unit = 0; unit < this.nUnits; unit += 1) {
      if (this.gridOfUnit[unit] < 0) this.nUnassigned += 1;
      else this.units[this.gridOfUnit[unit]] += 1;
    }
    for (let shop = 0; shop < this.nShops; shop += 1) this._count(shop, 1);
  }

  // Travel was learnt anew: the same shops take other minutes.
  takeMinutes(minutes) {
    this.bench.minutes = minutes;
    this.recount();
  }

  gridOfShop(shop) {
    return this.keptAt[shop] === -2 ? this.gridOfUnit[this.bench.unit[shop]] : this.keptAt[shop];
  }

  ownerOfShop(shop) {
    const kept = this.keptBy.get(shop);
    if (kept) return kept.staff;
    const grid = this.gridOfUnit[this.bench.unit[shop]];
    return grid < 0 ? NOBODY : this.staffOf[grid];
  }

  _count(shop, sign) {
    const grid = this.gridOfShop(shop);
    if (grid >= 0) {
      this.shops[grid] += sign;
      this.minutes[grid] += sign * this.bench.minutes[shop];
      if (this.bench.cartons) this.cartons[grid] += sign * this.bench.cartons[shop];
      if (this.keptAt[shop] !== -2 && grid !== this.gridOfUnit[this.bench.unit[shop]]) this.kept[grid] += sign;
    }
    const owner = this.ownerOfShop(shop);
    if (this.ownerNow[shop] >= 0 && owner !== this.ownerNow[shop]) this.nMoved += sign;
    const [first, last] = this.trioKeys;
    if (owner < 0 || first[shop] < 0 || last[shop] < 0) return;
    const key = (owner * 100003 + first[shop]) * 100003 + last[shop];
    const count = (this.trios.get(key) ?? 0) + sign;
    if (count) this.trios.set(key, count);
    else this.trios.delete(key);
  }

  // Give a unit to a grid; false when nothing changed.
  set(unit, grid) {
    const before = this.gridOfUnit[unit];
    if (before === grid) return false;
    const { start, items } = this.shopsOfUnit;
    for (let at = start[unit]; at < start[unit + 1]; at += 1) this._count(items[at], -1);
    if (before < 0) this.nUnassigned -= 1;
    else this.units[before] -= 1;
    this.gridOfUnit[unit] = grid;
    if (grid < 0) this.nUnassigned += 1;
    else this.units[grid] += 1;
    for (let at = start[unit]; at < start[unit + 1]; at += 1) this._count(items[at], 1);
    return true;
  }

  // Keep a shop with the owner of a grid; -2 gives it back to its unit.
  keep(shop, grid, kept = null) {
    this._count(shop, -1);
    this.keptAt[shop] = grid;
    if (grid === -2) this.keptBy.delete(shop);
    else this.keptBy.set(shop, kept ?? { staff: grid < 0 ? NOBODY : this.staffOf[grid], reason: '' });
    this._count(shop, 1);
  }

  lock(grid, isLocked) {
    this.locked[grid] = isLocked ? 1 : 0;
  }

  // Why a unit cannot go to a grid: a key of words, or null.
  refusal(unit, grid) {
    const before = this.gridOfUnit[unit];
    if (before >= 0 && this.locked[before]) return { key: 'refused_locked', grid: before };
    if (grid >= 0 && this.locked[grid]) return { key: 'refused_target_locked', grid };
    this._pins ??= new Map(this.draft.rules.pins.map((pin) => [pin.unit, pin.grid_id]));
    if (this._pins.has(unit)) {
      const pinned = this.positionOf.get(this._pins.get(unit));
      if (pinned !== undefined && pinned !== grid) return { key: 'refused_pinned', grid: pinned };
    }
    if (grid >= 0) {
      this._bans ??= new Set(this.draft.rules.forbidden.map((ban) => `${ban.unit} ${ban.grid_id}`));
      if (this._bans.has(`${unit} ${this.grids[grid].grid_id}`)) return { key: 'refused_forbidden', grid };
    }
    return null;
  }

  // Connected parts of every grid. Units of all but the heaviest part of a grid (then the largest) are detached.
  pieces() {
    const { start, items } = this.neighbours;
    const mark = this._mark.fill(0);
    const stack = this._stack;
    const weight = this.minutesOfUnit;
    const { gridOfUnit } = this;
    const n = this.grids.length;
    const count = new Int32Array(n);
    const best = Array.from({ length: n }, () => null);
    const parts = [];
    for (let seed = 0; seed < this.nUnits; seed += 1) {
      const grid = gridOfUnit[seed];
      if (mark[seed] || grid < 0) continue;
      let top = 0;
      stack[top++] = seed;
      mark[seed] = 1;
      let size = 0;
      let minutes = 0;
      while (top) {
        const unit = stack[--top];
        size += 1;
        minutes += weight[unit];
        for (let at = start[unit]; at < start[unit + 1]; at += 1) {
          const other = items[at];
          if (!mark[other] && gridOfUnit[other] === grid) {
            mark[other] = 1;
            stack[top++] = other;
          }
        }
      }
      const part = { grid, seed, size, minutes };
      count[grid] += 1;
      const known = best[grid];
      if (!known || minutes > known.minutes + 1e-9 || (Math.abs(minutes - known.minutes) <= 1e-9 && size > known.size)) best[grid] = part;
      parts.push(part);
    }
    return { count, detached: parts.filter((part) => best[part.grid] !== part) };
  }

  get minutesOfUnit() {
    if (!this._minutesOfUnit) {
      this._minutesOfUnit = new Float64Array(this.nUnits);
      this.bench.unit.forEach((unit, shop) => { this._minutesOfUnit[unit] += this.bench.minutes[shop]; });
    }
    return this._minutesOfUnit;
  }

  // The units of a part, from one of its units.
  partOf(seed) {
    const { start, items } = this.neighbours;
    const grid = this.gridOfUnit[seed];
    const seen = new Set([seed]);
    const found = [seed];
    for (let at = 0; at < found.length; at += 1) {
      for (let next = start[found[at]]; next < start[found[at] + 1]; next += 1) {
        const other = items[next];
        if (this.gridOfUnit[other] === grid && !seen.has(other)) {
          seen.add(other);
          found.push(other);
        }
      }
    }
    return found;
  }

  // Give every detached part to the neighbouring grid with the fewest minutes; locked grids neither give nor take.
  repairs() {
    const { start, items } = this.neighbours;
    const moves = new Map();
    for (const part of this.pieces().detached) {
      if (this.locked[part.grid]) continue;
      const units = this.partOf(part.seed);
      let to = NOBODY;
      for (const unit of units) {
        for (let at = start[unit]; at < start[unit + 1]; at += 1) {
          const grid = this.gridOfUnit[items[at]];
          if (grid < 0 || grid === part.grid || this.locked[grid]) continue;
          if (to < 0 || this.minutes[grid] < this.minutes[to]) to = grid;
        }
      }
      if (to < 0) continue;
      for (const unit of units) if (!this.refusal(unit, to)) moves.set(unit, to);
    }
    return moves;
  }

  get mean() {
    const n = this.grids.length;
    return n ? this.minutes.reduce((sum, one) => sum + one, 0) / n : 0;
  }

  deviation(grid) {
    const { mean } = this;
    return mean > 0 ? this.minutes[grid] / mean - 1 : 0;
  }

  // Of shops or cartons, as the judge names the load.
  countDeviation(grid, measure) {
    const n = this.grids.length;
    const load = measure === 'cartons' ? this.cartons : this.shops;
    const mean = n ? load.reduce((sum, one) => sum + one, 0) / n : 0;
    return mean > 0 ? load[grid] / mean - 1 : 0;
  }

  // The units within so many steps of one, itself included; barriers do not stop a brush.
  disc(unit, steps) {
    const { start, items } = this._touching ?? this.neighbours;
    const found = [unit];
    const seen = new Set(found);
    let from = 0;
    for (let step = 0; step < steps; step += 1) {
      const to = found.length;
      for (; from < to; from += 1) {
        for (let at = start[found[from]]; at < start[found[from] + 1]; at += 1) {
          if (seen.has(items[at])) continue;
          seen.add(items[at]);
          found.push(items[at]);
        }
      }
    }
    return found;
  }

  // Who lies side by side across barriers too: for the brush, from corners that two units share.
  setTouching(neighbours) {
    this._touching = neighbours;
  }

  get touching() {
    return this._touching;
  }
}
