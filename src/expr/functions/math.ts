import { declare } from './signature.ts';

/** The earth's mean radius in metres (IUGG, R1). */
const EARTH_RADIUS = 6_371_008.8;

const one = (name: 'ceil' | 'floor' | 'sqrt' | 'exp' | 'sign' | 'trunc', doc: string, of: string, gives: number) =>
  declare(`${name}(x: number): number`, doc, [`${name}(${of})`, gives], Math[name]);

/** Functions of numbers, on 64-bit floating point as in JavaScript: no number is refused, NaN and infinity are results. */
export const mathFunctions = [
  declare('abs(x: number): number', 'Without its sign.', ['abs(-3)', 3], Math.abs),
  one('ceil', 'The next whole number up.', '1.2', 2),
  one('floor', 'The next whole number down.', '-1.2', -2),
  one('trunc', 'Without its decimals.', '-1.7', -1),
  one('sign', '-1, 0 or 1.', '-8', -1),
  declare(
    'round(x: number, digits?: number): number',
    'To the nearest whole number, or to so many decimals. A half goes up, as in JavaScript.',
    ['round(3.14159, 2)', 3.14],
    round,
  ),
  one('sqrt', 'The square root.', '9', 3),
  declare('pow(x: number, y: number): number', 'As `x ** y`.', ['pow(2, 10)', 1024], (x: number, y: number) => x ** y),
  one('exp', 'e to the power of x.', '0', 1),
  declare('log(x: number): number', 'The natural logarithm.', ['log(1)', 0], Math.log),
  declare('log10(x: number): number', 'The logarithm to base 10.', ['log10(1000)', 3], Math.log10),
  declare('log2(x: number): number', 'The logarithm to base 2.', ['log2(8)', 3], Math.log2),
  declare(
    'min(a: number, b: number, ...more: number): number',
    'The least of two or more numbers. (With one argument, where records are aggregated: of the records.)',
    ['min(3, 1, 2)', 1],
    Math.min,
  ),
  declare(
    'max(a: number, b: number, ...more: number): number',
    'The greatest of two or more numbers.',
    ['max(3, 1, 2)', 3],
    Math.max,
  ),
  declare(
    'clamp(x: number, low: number, high: number): number',
    'x, but no less than low and no more than high.',
    ['clamp(120, 0, 100)', 100],
    (x: number, low: number, high: number) => Math.min(Math.max(x, low), high),
  ),
  declare(
    'hypot(x: number, y: number, ...more: number): number',
    'The square root of the sum of squares.',
    ['hypot(3, 4)', 5],
    Math.hypot,
  ),
  declare('sin(x: number): number', 'The sine of an angle in radians.', ['sin(0)', 0], Math.sin),
  declare('cos(x: number): number', 'The cosine of an angle in radians.', ['cos(0)', 1], Math.cos),
  declare('tan(x: number): number', 'The tangent of an angle in radians.', ['tan(0)', 0], Math.tan),
  declare(
    'atan2(y: number, x: number): number',
    'The angle of the point (x, y), in radians.',
    ['round(atan2(1, 1) * 180 / pi())', 45],
    Math.atan2,
  ),
  declare('pi(): number', 'The number π.', ['cos(pi())', -1], () => Math.PI),
  declare('e(): number', "Euler's number.", ['log(e())', 1], () => Math.E),
  declare(
    'haversine(lat1: number, lon1: number, lat2: number, lon2: number): number',
    'Metres along the surface of a spherical earth between two places given in degrees; off by 0.5 % at most.',
    ['round(haversine(59.91, 10.75, 60.39, 5.32) / 1000)', 305],
    haversine,
  ),
];

function round(x: number, digits = 0): number {
  const scale = 10 ** digits;
  const scaled = x * scale;
  if (scale === 0) return 0;
  // From 2^52 on there are no decimals to round, and infinity divided by infinity would be NaN.
  return Math.abs(scaled) < 2 ** 52 ? Math.round(scaled) / scale + 0 : x;
}

/** R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (1984). */
function haversine(lat1: number, lon1: number, lat2: number, lon2: number): number {
  const degree = Math.PI / 180;
  const north = Math.sin(((lat2 - lat1) * degree) / 2);
  const east = Math.sin(((lon2 - lon1) * degree) / 2);
  const h = north * north + Math.cos(lat1 * degree) * Math.cos(lat2 * degree) * east * east;
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}
