// The setup that the page was rendered with, and the reader's words, numbers and times.

export const setup = JSON.parse(document.getElementById('setup').textContent);

const locale = document.documentElement.lang;

export function t(key, values = {}) {
  const text = setup.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

// Why a duty is on nobody's route, and the smallest change that would serve it.
export function whyLeft(duty) {
  const isChinese = locale.startsWith('zh');
  const key = `left_${duty.reason}`;
  const reason = setup.words[key] ?? (isChinese ? duty.words_zh : duty.words);
  const change = isChinese ? duty.relaxation_zh : duty.relaxation;
  return change ? `${reason} ${t('left_change', { words: change })}` : reason;
}

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' });
const plain = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(locale, { timeZone: setup.district.time_zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayOf = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', month: 'short', day: 'numeric', weekday: 'short' });
const dateOf = new Intl.DateTimeFormat(locale, { timeZone: setup.district.time_zone, year: 'numeric', month: 'short', day: 'numeric' });

export const number = (value) => whole.format(value);
export const oneDecimal = (value) => tenths.format(value);
export const deviation = (share) => signed.format(Math.abs(share) < 0.0005 ? 0 : share);
export const percent = (share) => plain.format(share);
export const time = (instant) => clock.format(new Date(instant));
export const date = (instant) => dateOf.format(new Date(instant));
const seconds = new Intl.DateTimeFormat(locale, { timeZone: setup.district.time_zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const instant = new Intl.DateTimeFormat(locale, { timeZone: setup.district.time_zone, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
export const timeWithSeconds = (at) => seconds.format(new Date(at));
export const timeOf = (at) => instant.format(new Date(at));
export const calendarDay = (day) => dayOf.format(new Date(`${day}T00:00:00Z`));

export function duration(seconds) {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? t('minutes_short', { n: minutes }) : t('hours_short', { h: Math.floor(minutes / 60), m: minutes % 60 });
}

export function shiftDay(day, n) {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + n);
  return moved.toISOString().slice(0, 10);
}
