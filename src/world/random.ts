/** A source of random numbers in [0, 1). */
export interface Random {
  next(): number;
}
