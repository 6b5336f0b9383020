/** Pseudo-random numbers from 0 to 1 (mulberry32): the same in every run. */
function prng(seed) {
  let s = seed;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Measurements have few digits, and so do files of them. */
const few = (value) => Math.round(value * 1e4) / 1e4;
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Rows of d columns of unlike sizes and a target that is linear in them, or the class with the largest of several such. */
export function linearRows(n, d, classes = 0) {
  const random = prng(d + classes);
  const columns = Array.from({ length: d }, (_, j) => `x${j}`);
  const outputs = Math.max(1, classes === 2 ? 1 : classes);
  const weights = Array.from({ length: outputs }, () => columns.map(() => normal(random) / Math.sqrt(d)));
  const table = new Float64Array(n * (d + 1));
  for (let i = 0; i < n; i++) {
    const at = i * (d + 1);
    const z = columns.map(() => normal(random));
    z.forEach((v, j) => {
      table[at + j] = few(v * (1 + (j % 5)) + j);
    });
    const scores = weights.map((w) => w.reduce((sum, v, j) => sum + v * z[j], 0) + normal(random) * 0.1);
    table[at + d] =
      classes === 0 ? few(scores[0]) : classes === 2 ? Number(scores[0] > 0) : scores.indexOf(Math.max(...scores));
  }
  return { columns, table };
}

/** Ratings from 1 to 5 of users and items by biases and one hidden taste. */
export function ratingRows(n, users, items) {
  const random = prng(7);
  const of = (count) => Array.from({ length: count }, () => [normal(random) * 0.4, normal(random) * 0.6]);
  const [people, things] = [of(users), of(items)];
  const table = new Float64Array(n * 3);
  for (let i = 0; i < n; i++) {
    const user = Math.floor(random() * users);
    const item = Math.floor(random() * items);
    const [a, b] = [people[user], things[item]];
    table.set([user, item, Math.min(5, Math.max(1, 3 + a[0] + b[0] + a[1] * b[1] + normal(random) * 0.3))], 3 * i);
  }
  return { columns: ['user', 'item'], table };
}

/** Points around five places. */
export function clusterRows(n, d) {
  const random = prng(9);
  const centres = Array.from({ length: 5 }, () => Array.from({ length: d }, () => normal(random) * 5));
  const columns = Array.from({ length: d }, (_, j) => `x${j}`);
  const table = new Float64Array(n * (d + 1));
  for (let i = 0; i < n; i++) {
    const k = Math.floor(random() * 5);
    centres[k].forEach((v, j) => {
      table[i * (d + 1) + j] = v + normal(random);
    });
    table[i * (d + 1) + d] = k;
  }
  return { columns, table };
}
