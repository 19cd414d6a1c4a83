// The district's own streets, areas and rivers: a map beneath the grids without any network.

import { CanvasLayer, boxOf, isInView, mercatorX, mercatorY, stepsToLine, tracePath } from './canvas.js';

function lines(steps, scale) {
  return steps.map((own) => {
    const line = stepsToLine(own, scale);
    return { line, box: boxOf(line) };
  });
}

function stroke(context, view, known, colour, width, dash = []) {
  const path = new Path2D();
  let isAny = false;
  for (const { line, box } of known) {
    if (!isInView(box, view)) continue;
    tracePath(path, line, view);
    isAny = true;
  }
  if (!isAny) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke(path);
  context.setLineDash([]);
}

export const BasemapLayer = CanvasLayer.extend({
  initialize(options) {
    window.L.setOptions(this, options);
    this._known = null;
  },

  setBasemap(basemap) {
    const { scale } = basemap;
    this._known = {
      boundary: lines(basemap.boundary, scale),
      main: lines(basemap.main_streets, scale),
      side: lines(basemap.side_streets, scale),
      areas: lines(basemap.areas.flatMap((area) => area.lines), scale),
      rivers: lines(basemap.barriers.filter((barrier) => barrier.kind === 'river').flatMap((barrier) => barrier.lines), scale),
      barriers: lines(basemap.barriers.filter((barrier) => barrier.kind !== 'river').flatMap((barrier) => barrier.lines), scale),
    };
    this.soon();
  },

  paint(context, view) {
    const known = this._known;
    if (!known) return;
    context.lineJoin = 'round';
    context.lineCap = 'round';
    const near = Math.max(0, view.zoom - 12);
    if (view.zoom >= 12.5) stroke(context, view, known.side, 'rgba(255,255,255,.62)', 0.5 + near * 0.55);
    stroke(context, view, known.main, 'rgba(255,255,255,.9)', view.zoom < 11.5 ? 0.6 : 1 + near * 0.9);
    stroke(context, view, known.rivers, '#5a9bd4', 2.5 + near);
    stroke(context, view, known.barriers, '#6b5b4b', 1.5 + near / 2, [6, 4]);
    stroke(context, view, known.areas, 'rgba(34,48,60,.42)', 1, [2, 3]);
    stroke(context, view, known.boundary, '#22303c', 2);
  },
});

// The areas' names have a canvas of their own, above the shops.
export const NameLayer = CanvasLayer.extend({
  initialize(options) {
    window.L.setOptions(this, options);
    this._names = [];
  },

  setBasemap(basemap) {
    this._names = basemap.areas.map((area) => ({ name: area.name, x: mercatorX(area.label_lon), y: mercatorY(area.label_lat) }));
    this.soon();
  },

  paint(context, view) {
    if (view.zoom >= 12.25) this._paintNames(context, view);
  },

  _paintNames(context, view) {
    context.font = '12px system-ui, "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineWidth = 3;
    context.strokeStyle = 'rgba(255,255,255,.85)';
    context.fillStyle = '#3b4a57';
    const taken = [];
    for (const { name, x, y } of this._names) {
      const left = x * view.world - view.left;
      const top = y * view.world - view.top;
      const width = context.measureText(name).width / 2 + 4;
      if (taken.some((box) => Math.abs(box.left - left) < box.width + width && Math.abs(box.top - top) < 16)) continue;
      taken.push({ left, top, width });
      context.strokeText(name, left, top);
      context.fillText(name, left, top);
    }
  },
});
