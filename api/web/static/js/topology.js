// Shapes from the shared-corner payload: rings in Web Mercator, and who lies beside whom, for cells and areas alike.

import { boxOf, mercatorX, mercatorY } from './canvas.js';

// corners as two arrays: x and y in 0..1
export function cornersOf({ scale, corners }) {
  const x = new Float64Array(corners.length / 2);
  const y = new Float64Array(corners.length / 2);
  let lon = 0;
  let lat = 0;
  for (let at = 0; at < x.length; at += 1) {
    lon += corners[2 * at];
    lat += corners[2 * at + 1];
    x[at] = mercatorX(lon / scale);
    y[at] = mercatorY(lat / scale);
  }
  return { x, y };
}

export function shapesOf({ rings }, { x, y }) {
  return rings.map((own) => {
    const lines = own.map((ring) => {
      const line = new Float64Array(ring.length * 2);
      for (let at = 0; at < ring.length; at += 1) {
        line[2 * at] = x[ring[at]];
        line[2 * at + 1] = y[ring[at]];
      }
      return line;
    });
    const box = lines.reduce((known, line) => boxOf(line, known), [1, 1, 0, 0]);
    return { lines, rings: own, box, x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 };
  });
}

// Sides that two units share (two corners in a row): [corner, corner, unit, unit], and each pair of units once.
export function sidesOf({ rings }, nCorners) {
  const unitOfSide = new Map();
  const pairs = new Map();
  const sides = [];
  rings.forEach((own, unit) => {
    for (const ring of own) {
      for (let at = 0; at < ring.length; at += 1) {
        const a = ring[at];
        const b = ring[(at + 1) % ring.length];
        const key = a < b ? a * nCorners + b : b * nCorners + a;
        const other = unitOfSide.get(key);
        if (other === undefined) unitOfSide.set(key, unit);
        else if (other !== unit) {
          sides.push([a, b, other, unit]);
          pairs.set(other * rings.length + unit, [other, unit]);
        }
      }
    }
  });
  return { sides, pairs: [...pairs.values()] };
}

export function isInside(lines, x, y) {
  let inside = false;
  for (const line of lines) {
    for (let at = 0, before = line.length - 2; at < line.length; before = at, at += 2) {
      const [ax, ay, bx, by] = [line[at], line[at + 1], line[before], line[before + 1]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

const BUCKETS = 64; // the district's box in 64 x 64 buckets finds what is under a pointer among a few

export class UnitIndex {
  constructor(shapes) {
    this.shapes = shapes;
    this.box = shapes.reduce(
      (box, unit) => [Math.min(box[0], unit.box[0]), Math.min(box[1], unit.box[1]), Math.max(box[2], unit.box[2]), Math.max(box[3], unit.box[3])],
      [1, 1, 0, 0],
    );
    this.stepX = (this.box[2] - this.box[0]) / BUCKETS || 1;
    this.stepY = (this.box[3] - this.box[1]) / BUCKETS || 1;
    this.buckets = new Map();
    shapes.forEach(({ box }, unit) => this._cover(box, (key) => {
      if (!this.buckets.has(key)) this.buckets.set(key, []);
      this.buckets.get(key).push(unit);
    }));
    this._seen = new Int32Array(shapes.length);
    this._turn = 0;
  }

  _cover([west, north, east, south], visit) {
    const first = [Math.max(0, this._column(west)), Math.max(0, this._row(north))];
    const last = [Math.min(BUCKETS, this._column(east)), Math.min(BUCKETS, this._row(south))];
    for (let column = first[0]; column <= last[0]; column += 1) {
      for (let row = first[1]; row <= last[1]; row += 1) visit(row * (BUCKETS + 1) + column);
    }
  }

  _column(x) {
    return Math.floor((x - this.box[0]) / this.stepX);
  }

  _row(y) {
    return Math.floor((y - this.box[1]) / this.stepY);
  }

  at(x, y) {
    const bucket = this.buckets.get(this._row(y) * (BUCKETS + 1) + this._column(x));
    return bucket?.find((unit) => isInside(this.shapes[unit].lines, x, y)) ?? -1;
  }

  within(box) {
    this._turn += 1;
    const found = [];
    this._cover(box, (key) => {
      for (const unit of this.buckets.get(key) ?? []) {
        if (this._seen[unit] === this._turn) continue;
        this._seen[unit] = this._turn;
        const own = this.shapes[unit].box;
        if (own[0] <= box[2] && own[2] >= box[0] && own[1] <= box[3] && own[3] >= box[1]) found.push(unit);
      }
    });
    return found;
  }
}

// The units under a straight line from one unit to another, without a gap: halved until neighbours follow each other;
// where even a hair's breadth holds two that do not touch, the shortest way between them is taken.
export function unitsAlong(index, from, to, { touches, way }) {
  const found = new Set();
  const walk = (a, unitA, b, unitB, depth) => {
    if (unitA === unitB || (unitA >= 0 && unitB >= 0 && touches(unitA, unitB))) return;
    if (depth === 0) {
      if (unitA >= 0 && unitB >= 0) for (const unit of way(unitA, unitB)) found.add(unit);
      return;
    }
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    const unit = index.at(middle.x, middle.y);
    walk(a, unitA, middle, unit, depth - 1);
    if (unit >= 0) found.add(unit);
    walk(middle, unit, b, unitB, depth - 1);
  };
  const first = index.at(from.x, from.y);
  const last = index.at(to.x, to.y);
  if (first >= 0) found.add(first);
  walk(from, first, to, last, 16);
  if (last >= 0) found.add(last);
  return [...found];
}

// The fewest units from one to another, ends left out.
export function shortestWay({ start, items }, from, to) {
  const before = new Map([[from, -1]]);
  const queue = [from];
  for (let at = 0; at < queue.length && !before.has(to); at += 1) {
    for (let next = start[queue[at]]; next < start[queue[at] + 1]; next += 1) {
      if (before.has(items[next])) continue;
      before.set(items[next], queue[at]);
      queue.push(items[next]);
    }
  }
  const way = [];
  for (let unit = before.get(to) ?? -1; unit >= 0 && unit !== from; unit = before.get(unit)) way.push(unit);
  return way.reverse();
}
