import type { FactorRule } from './factor-model.ts';

export interface SgdFactors {
  k: number;
  /** Steps of the factors and of the biases. */
  step: number;
  biasStep: number;
  /** The penalty on each squared number. */
  l2: number;
}

/** b ← b + η_b (e − λ b) for both biases; p ← p + η (e q − λ p), q ← q + η (e p − λ q) for the factors. */
export function sgdFactors({ k, step, biasStep, l2 }: SgdFactors): FactorRule {
  return {
    k,
    width: 1 + k,
    begin() {},
    step(users, u, items, i, error) {
      users[u] = (users[u] as number) + biasStep * (error - l2 * (users[u] as number));
      items[i] = (items[i] as number) + biasStep * (error - l2 * (items[i] as number));
      for (let j = 1; j <= k; j++) {
        const p = users[u + j] as number;
        const q = items[i + j] as number;
        users[u + j] = p + step * (error * q - l2 * p);
        items[i + j] = q + step * (error * p - l2 * q);
      }
    },
  };
}

export interface KalmanFactors {
  k: number;
  /** Variances of biases and of factors of which nothing is known, and of a rating that all is known of. */
  biasVariance: number;
  factorVariance: number;
  noise: number;
  /** How much each number's variance grows with each rating, up to what it was at first. */
  drift: number;
}

/**
 * Each user a and item b holds the covariance A, B of its bias and factors (upper triangle, by rows). A rating is one measurement of
 * both, with the other's numbers as its row: x = (1, q), z = (1, p), S = r + x'A x + z'B z; a ← a + A x e / S, A ← A − A x x'A / S.
 */
export function kalmanFactors({ k, biasVariance, factorVariance, noise, drift }: KalmanFactors): FactorRule {
  const m = k + 1;
  const [x, z, ax, bz] = [new Float64Array(m), new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  const first = new Float64Array(m).fill(factorVariance);
  first[0] = biasVariance;

  /** C v into `to`; gives v'C v. */
  const times = (flat: Float64Array, at: number, v: Float64Array, to: Float64Array): number => {
    to.fill(0);
    let c = at;
    for (let i = 0; i < m; i++) {
      const vi = v[i] as number;
      let sum = (to[i] as number) + (flat[c++] as number) * vi;
      for (let j = i + 1; j < m; j++) {
        const value = flat[c++] as number;
        sum += value * (v[j] as number);
        to[j] = (to[j] as number) + value * vi;
      }
      to[i] = sum;
    }
    let form = 0;
    for (let i = 0; i < m; i++) form += (v[i] as number) * (to[i] as number);
    return form;
  };

  const shrink = (flat: Float64Array, at: number, cv: Float64Array, total: number): void => {
    let c = at;
    for (let i = 0; i < m; i++) {
      const share = (cv[i] as number) / total;
      const diagonal = (flat[c] as number) - share * (cv[i] as number);
      const most = first[i] as number;
      flat[c++] = diagonal + drift < most ? diagonal + drift : diagonal > most ? diagonal : most;
      for (let j = i + 1; j < m; j++) flat[c] = (flat[c++] as number) - share * (cv[j] as number);
    }
  };

  return {
    k,
    width: m + (m * (m + 1)) / 2,
    begin(flat, at) {
      let c = at + m;
      for (let i = 0; i < m; i++) {
        flat[c++] = first[i] as number;
        for (let j = i + 1; j < m; j++) flat[c++] = 0;
      }
    },
    step(users, u, items, i, error) {
      for (let j = 1; j < m; j++) {
        x[j] = items[i + j] as number;
        z[j] = users[u + j] as number;
      }
      x[0] = 1;
      z[0] = 1;
      const total = noise + times(users, u + m, x, ax) + times(items, i + m, z, bz);
      const gain = error / total;
      for (let j = 0; j < m; j++) {
        users[u + j] = (users[u + j] as number) + gain * (ax[j] as number);
        items[i + j] = (items[i + j] as number) + gain * (bz[j] as number);
      }
      shrink(users, u + m, ax, total);
      shrink(items, i + m, bz, total);
    },
  };
}
