import { ClassExperts } from './class-experts.ts';
import type { FeatureRow } from './feature-row.ts';
import type { Classification } from './model.ts';
import { WarmStart } from './warm-start.ts';

/** Features beyond which dense experts are let go. */
const MOST_DENSE = 256;

const MAKER = { create: () => new ClassExperts(true), restore: (saved: unknown) => ClassExperts.restore(saved) };

/** A mixture of experts of all kinds while features are few, of those that take very many when there are. */
export class ClassMixModel implements Classification {
  #dense: WarmStart<ClassExperts> | undefined = new WarmStart(MAKER);
  #sparse: ClassExperts | undefined;

  get #model(): Classification {
    return (this.#dense ?? this.#sparse) as Classification;
  }

  get rows(): number {
    return this.#model.rows;
  }

  predict(x: FeatureRow, classes: number, out: Float64Array): void {
    this.#model.predict(x, classes, out);
  }

  learn(x: FeatureRow, y: number, classes: number): void {
    if (this.#dense !== undefined && x.d > MOST_DENSE) {
      this.#sparse = ClassExperts.sparseFrom(this.#dense.inner);
      this.#dense = undefined;
    }
    this.#model.learn(x, y, classes);
  }

  save(): unknown {
    return { dense: this.#dense?.save(), sparse: this.#sparse?.save() };
  }

  static restore(saved: unknown): ClassMixModel {
    const { dense, sparse } = saved as { dense: unknown; sparse: unknown };
    const model = new ClassMixModel();
    model.#dense = dense === undefined ? undefined : WarmStart.restore(MAKER, dense);
    model.#sparse = sparse === undefined ? undefined : ClassExperts.restore(sparse);
    return model;
  }
}
