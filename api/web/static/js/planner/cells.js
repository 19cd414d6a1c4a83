// What an H3 index says of itself: its size, and which coarser cell it is a part of.

const LEVELS = 15;

export const resolutionOf = (cell) => Number.parseInt(cell[1], 16);

// The ancestor of a cell at a coarser resolution: finer digits are all ones, and the resolution is written in.
export function ancestorOf(cell, resolution) {
  let bits = BigInt(`0x${cell}`);
  for (let level = resolution + 1; level <= LEVELS; level += 1) bits |= 7n << BigInt(3 * (LEVELS - level));
  bits = (bits & ~(0xfn << 52n)) | (BigInt(resolution) << 52n);
  return bits.toString(16);
}

// For every unit of `now` the unit of `before` that it is, is a part of, or (the first) that is a part of it; -1 for none.
export function rowsBefore(before, now) {
  const rowOf = new Map(before.map((cell, row) => [cell, row]));
  const coarsest = Math.min(...before.map(resolutionOf));
  const level = Math.min(...now.map(resolutionOf));
  const wholeOf = new Map();
  before.forEach((cell, row) => {
    for (let at = resolutionOf(cell) - 1; at >= level; at -= 1) {
      const whole = ancestorOf(cell, at);
      if (!wholeOf.has(whole)) wholeOf.set(whole, row);
    }
  });
  return now.map((cell) => {
    for (let at = resolutionOf(cell); at >= coarsest; at -= 1) {
      const row = rowOf.get(at === resolutionOf(cell) ? cell : ancestorOf(cell, at));
      if (row !== undefined) return row;
    }
    return wholeOf.get(cell) ?? -1;
  });
}
