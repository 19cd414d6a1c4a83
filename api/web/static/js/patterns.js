// Fills that differ by pattern as well as by colour: 0 is plain, 1..5 are marks in the ink of the page.

const SIZE = 14;
const INK = 'rgba(23, 34, 44, .30)';
const tiles = new Map();

const DRAW = {
  1: (pen) => { // dots
    for (const [x, y] of [[3, 3], [10, 10]]) {
      pen.beginPath();
      pen.arc(x, y, 1.3, 0, 2 * Math.PI);
      pen.fill();
    }
  },
  2: (pen) => lines(pen, [[-1, 15, 15, -1], [-8, 8, 8, -8], [6, 22, 22, 6]]),
  3: (pen) => lines(pen, [[-1, -1, 15, 15], [6, -8, 22, 8], [-8, 6, 8, 22]]),
  4: (pen) => lines(pen, [[0, 3.5, 14, 3.5], [0, 10.5, 14, 10.5]]),
  5: (pen) => lines(pen, [[7, 4, 7, 10], [4, 7, 10, 7]]),
  nobody: (pen) => {
    pen.strokeStyle = 'rgba(163, 33, 26, .55)';
    lines(pen, [[-1, 15, 15, -1], [-8, 8, 8, -8], [6, 22, 22, 6]]);
  },
};

export const N_PATTERNS = 6;

function lines(pen, all) {
  pen.beginPath();
  for (const [x1, y1, x2, y2] of all) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.stroke();
}

function tileOf({ colour, pattern }) {
  const key = `${colour} ${pattern}`;
  if (!tiles.has(key)) {
    const tile = document.createElement('canvas');
    tile.width = SIZE;
    tile.height = SIZE;
    const pen = tile.getContext('2d');
    pen.fillStyle = colour;
    pen.fillRect(0, 0, SIZE, SIZE);
    pen.fillStyle = INK;
    pen.strokeStyle = INK;
    pen.lineWidth = 1.2;
    DRAW[pattern](pen);
    tiles.set(key, tile);
  }
  return tiles.get(key);
}

// A fill for a canvas; patterns stay where they are on the ground while the map is dragged.
export function patternOf(context, look, view) {
  if (!look.pattern) return look.colour;
  const made = context.createPattern(tileOf(look), 'repeat');
  made.setTransform(new DOMMatrix([1, 0, 0, 1, -(view.left % SIZE), -(view.top % SIZE)]));
  return made;
}

// The same as a picture for a swatch in a table.
export function paintSwatch(canvas, look) {
  const pen = canvas.getContext('2d');
  pen.fillStyle = look.pattern ? pen.createPattern(tileOf(look), 'repeat') : look.colour;
  pen.fillRect(0, 0, canvas.width, canvas.height);
}
