// Writers of JSON into a buffer for fields known beforehand, and the code of an encoder made of them.

const UNSAFE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const PAIRS = Buffer.from(Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0')).join(''));

/** Writes a whole number from 0 to 999,999,999. */
function writeSmall(out, o, n) {
  let length = 1;
  for (let limit = 10; n >= limit && length < 9; limit *= 10) length++;
  let p = o + length;
  while (n >= 100) {
    const rest = (n / 100) | 0;
    const pair = (n - rest * 100) << 1;
    out[--p] = PAIRS[pair + 1];
    out[--p] = PAIRS[pair];
    n = rest;
  }
  if (n >= 10) {
    out[--p] = PAIRS[(n << 1) + 1];
    out[--p] = PAIRS[n << 1];
  } else out[--p] = 48 + n;
  return o + length;
}

/** Writes exactly `length` digits of n, leading zeros included. */
function writePadded(out, o, n, length) {
  for (let p = o + length - 1; p >= o; p--) {
    const rest = (n / 10) | 0;
    out[p] = 48 + n - rest * 10;
    n = rest;
  }
  return o + length;
}

function writeFraction(out, o, whole, fraction, length) {
  o = writeSmall(out, o, whole);
  while (fraction % 10 === 0) {
    fraction /= 10;
    length--;
  }
  out[o++] = 46;
  return writePadded(out, o, fraction, length);
}

/**
 * Writes a number as JSON.stringify does, missing or not finite as null. A whole number, and one of whole millionths,
 * is written digit by digit: up to 15 digits a decimal and its double tell each other apart, so these are the digits
 * JSON.stringify finds too. Others go through String.
 */
export function writeNumber(out, o, value) {
  if (!Number.isFinite(value)) {
    return o + out.latin1Write('null', o);
  }
  if (value < 0) {
    out[o++] = 45;
    value = -value;
  }
  const whole = Math.floor(value);
  if (whole === value && value < 1e15) {
    if (value < 1e9) return writeSmall(out, o, value);
    const high = Math.floor(value / 1e9);
    return writePadded(out, writeSmall(out, o, high), value - high * 1e9, 9);
  }
  if (value < 1e9) {
    const thousandths = Math.round(value * 1e3);
    if (thousandths / 1e3 === value) return writeFraction(out, o, whole, thousandths - whole * 1e3, 3);
    const millionths = Math.round(value * 1e6);
    if (millionths / 1e6 === value) return writeFraction(out, o, whole, millionths - whole * 1e6, 6);
  }
  return o + out.latin1Write(String(value), o);
}

/** Writes a text in quotes, with escapes only where it needs them. */
export function writeText(out, o, text) {
  if (text === null || text === undefined) return o + out.latin1Write('null', o);
  if (UNSAFE.test(text)) return o + out.utf8Write(JSON.stringify(text), o);
  out[o++] = 34;
  o += out.latin1Write(text, o);
  out[o++] = 34;
  return o;
}

/** Copies bytes; out and buf may each be overrun by three bytes. */
export function copyRange(out, outView, o, buf, view, s, e) {
  if (s < 0) return o + out.latin1Write('null', o);
  const length = e - s;
  if (length > 160) {
    buf.copy(out, o, s, e);
    return o + length;
  }
  for (let i = 0; i < length; i += 4) outView.setInt32(o + i, view.getInt32(s + i, true), true);
  return o + length;
}

/** Code that writes these ASCII bytes at o, four at a time. */
export function literalCode(text) {
  const bytes = Buffer.from(`${text}\0\0\0`);
  let code = '';
  for (let i = 0; i < text.length; i += 4) code += `outView.setInt32(o + ${i}, ${bytes.readInt32LE(i)}, true);\n`;
  return `${code}o += ${text.length};\n`;
}

/** Code that writes one object and a line feed; `columns` are { name, code }, each code moving o on over its value. */
export function objectCode(columns) {
  const parts = columns.map(
    ({ name, code }, i) => `${literalCode(`${i ? ',' : '{'}${JSON.stringify(name)}:`)}${code}\n`,
  );
  return `${parts.join('')}${literalCode('}\n')}`;
}
