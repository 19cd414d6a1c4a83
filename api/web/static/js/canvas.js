// A map layer that draws on one canvas: the seam that units, shops and streets share.
// Positions are Web Mercator scaled to 0..1 (doubles), because a canvas transform has single precision only.

const { L } = window;
const PAD = 0.2; // drawn beyond each side of the view, as a share of it, so that a drag shows no blank edge

export const mercatorX = (lon) => (lon + 180) / 360;
export function mercatorY(lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

const RIM = 12; // px around a part of a canvas: what is painted there may reach into the part

// Layers that a move left behind are painted a part a frame, the lowest first and what is in view before what is beside
// it: no frame pays for all of them. Until its turn comes, a layer's picture of before stands in its place, only scaled.
const waiting = new Set();
let turn = 0;

function paintNext() {
  turn = 0;
  for (const layer of waiting) {
    waiting.delete(layer);
    if (layer._map._animatingZoom) continue; // its end moves the map again
    if (layer.paintPart()) waiting.add(layer);
    if (!layer.isEmpty?.()) break;
  }
  if (waiting.size) turn = requestAnimationFrame(paintNext);
}

export const CanvasLayer = L.Layer.extend({
  // options: pane, className; a subclass has paint(context, view)
  onAdd(map) {
    this._canvas = L.DomUtil.create('canvas', `leaflet-zoom-animated ${this.options.className ?? ''}`, this.getPane());
    this._canvas.setAttribute('aria-hidden', 'true');
    this._frame = null;
    this.redraw();
    return this;
  },

  onRemove() {
    waiting.delete(this);
    L.Util.cancelAnimFrame(this._frame);
    this._canvas.remove();
    this._canvas = null;
  },

  getEvents() {
    return { moveend: this._redrawInTurn, resize: this.redraw, viewreset: this._place, zoomanim: this._animate };
  },

  _redrawInTurn() {
    this._left = null;
    waiting.add(this);
    turn ||= requestAnimationFrame(paintNext);
  },

  soon() {
    if (!this._canvas) return;
    L.Util.cancelAnimFrame(this._frame);
    this._frame = L.Util.requestAnimFrame(this.refresh, this);
  },

  redraw() {
    if (!this._map || !this._canvas) return;
    waiting.delete(this);
    this._stand();
    this.refresh();
  },

  // Paint the next part of where the map stands now; tells whether there are more.
  paintPart() {
    if (!this._left) {
      this._stand();
      const { width, height, pad } = this.view;
      const [right, bottom] = [width - pad.x, height - pad.y];
      this._left = [
        [[pad.x, pad.y, right, bottom]],
        [[0, 0, width, pad.y], [0, bottom, width, height]],
        [[0, pad.y, pad.x, bottom], [right, pad.y, width, bottom]],
      ];
      this._show();
      if (!this._isShown) this._left = [];
      else this._fit().clearRect(0, 0, width, height);
    }
    for (const part of this._left.shift() ?? []) this._paintPart(part);
    const isMore = this._left.length > 0;
    if (!isMore) this._left = null;
    return isMore;
  },

  _paintPart([left, top, right, bottom]) {
    const context = this._fit();
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top); // somebody may have painted here meanwhile
    context.translate(left - RIM, top - RIM);
    this.paint(context, { ...this.view, left: this.view.left + left - RIM, top: this.view.top + top - RIM, width: right - left + 2 * RIM, height: bottom - top + 2 * RIM });
    context.restore();
  },

  _stand() {
    const map = this._map;
    this._left = null;
    const size = map.getSize();
    const pad = size.multiplyBy(PAD).round();
    const whole = size.add(pad.multiplyBy(2));
    const corner = map.containerPointToLayerPoint(pad.multiplyBy(-1));
    L.DomUtil.setTransform(this._canvas, corner, 1);
    this._zoom = map.getZoom();
    this._bounds = L.latLngBounds(map.layerPointToLatLng(corner), map.layerPointToLatLng(corner.add(whole)));
    const origin = map.getPixelOrigin().add(corner);
    this.view = { world: 256 * 2 ** this._zoom, left: origin.x, top: origin.y, width: whole.x, height: whole.y, zoom: this._zoom, pad };
  },

  // Memory and time for a canvas are spent when there is something to show.
  _fit() {
    const { width, height } = this.view;
    const sharp = window.devicePixelRatio || 1;
    if (this._canvas.width !== width * sharp || this._canvas.height !== height * sharp) {
      this._canvas.width = width * sharp;
      this._canvas.height = height * sharp;
      this._canvas.style.width = `${width}px`;
      this._canvas.style.height = `${height}px`;
    }
    const context = this._canvas.getContext('2d');
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    return context;
  },

  // `isEmpty` hides a canvas that has nothing to show, which costs nothing then.
  _show() {
    this._isShown = !(this.isEmpty?.() ?? false);
    this._canvas.style.display = this._isShown ? '' : 'none';
  },

  // Paint the whole again where it stands.
  refresh() {
    if (!this._canvas || !this.view) return;
    if (this._left) {
      this._left = null;
      waiting.delete(this);
    }
    this._show();
    if (!this._isShown) return;
    const context = this._fit();
    context.clearRect(0, 0, this.view.width, this.view.height);
    this.paint(context, this.view);
  },

  _place() {
    this._animate({ zoom: this._map.getZoom(), center: this._map.getCenter() });
  },

  _animate(event) {
    const scale = this._map.getZoomScale(event.zoom, this._zoom);
    const corner = this._map._latLngBoundsToNewLayerBounds(this._bounds, event.zoom, event.center).min;
    L.DomUtil.setTransform(this._canvas, corner, scale);
  },
});

export function tracePath(target, line, view) {
  // line: Float64Array of x, y in 0..1
  target.moveTo(line[0] * view.world - view.left, line[1] * view.world - view.top);
  for (let at = 2; at < line.length; at += 2) {
    target.lineTo(line[at] * view.world - view.left, line[at + 1] * view.world - view.top);
  }
}

// A ring ends with a line to its first corner: `closePath` measures the whole path each time, which for the 5,000 rings of
// one path took 95 of the 100 ms of painting it. Where the line is stroked, round caps join its two ends.
export function traceRing(target, line, view) {
  tracePath(target, line, view);
  target.lineTo(line[0] * view.world - view.left, line[1] * view.world - view.top);
}

export function boxOf(line, box = [1, 1, 0, 0]) {
  for (let at = 0; at < line.length; at += 2) {
    if (line[at] < box[0]) box[0] = line[at];
    if (line[at] > box[2]) box[2] = line[at];
    if (line[at + 1] < box[1]) box[1] = line[at + 1];
    if (line[at + 1] > box[3]) box[3] = line[at + 1];
  }
  return box;
}

export function isInView(box, view) {
  return (
    box[0] * view.world < view.left + view.width && box[2] * view.world > view.left &&
    box[1] * view.world < view.top + view.height && box[3] * view.world > view.top
  );
}

export function stepsToLine(steps, scale) {
  const line = new Float64Array(steps.length);
  let lon = 0;
  let lat = 0;
  for (let at = 0; at < steps.length; at += 2) {
    lon += steps[at];
    lat += steps[at + 1];
    line[at] = mercatorX(lon / scale);
    line[at + 1] = mercatorY(lat / scale);
  }
  return line;
}

// Several layers on one canvas: what does not change while somebody paints costs one picture instead of many.
export const StackLayer = CanvasLayer.extend({
  initialize(parts, options) {
    L.setOptions(this, options);
    this._parts = parts;
    this._hidden = new Set();
    for (const part of parts) part.soon = () => this.soon();
  },

  toggle(part, isShown) {
    this._hidden[isShown ? 'delete' : 'add'](part);
    this.soon();
  },

  isShown(part) {
    return !this._hidden.has(part);
  },

  paint(context, view) {
    for (const part of this._parts) {
      context.save();
      if (this.isShown(part)) part.paint(context, view);
      context.restore();
    }
  },
});
