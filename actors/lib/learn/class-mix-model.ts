import { ClassExperts } from './class-experts.ts';
import type { FeatureRow } from './feature-row.ts';
import type { Classification } from './model.ts';
import { WarmStart } from './warm-start.ts';

/** Features beyond which dense experts are let go. */
const MOST_DENSE = 256;
/** Classes beyond which two experts are left: the work of each grows with their number. */
const MOST_CLASSES = 100;

const MAKER = { create: () => new ClassExperts(true), restore: (saved: unknown) => ClassExperts.restore(saved) };

/** A mixture of experts of all kinds while features and classes are few, of those that take very many when there are. */
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
    if (classes > MOST_CLASSES) this.#toFew();
    else if (x.d > MOST_DENSE) this.#toSparse();
    this.#model.learn(x, y, classes);
  }

  #toSparse(): ClassExperts {
    if (this.#dense !== undefined) this.#sparse = ClassExperts.sparseFrom(this.#dense.inner);
    this.#dense = undefined;
    return this.#sparse as ClassExperts;
  }

  #toFew(): ClassExperts {
    const sparse = this.#toSparse();
    if (!sparse.isFew) this.#sparse = ClassExperts.fewFrom(sparse);
    return this.#sparse as ClassExperts;
  }

  /**
   * Takes in what another has learned of the same slots and classes. The rows of one with fewer than 128 are learned as they are. Of
   * two that have more the scales and cuts of that with more rows are kept, see {@link ClassExperts.merge}.
   */
  merge(other: ClassMixModel): void {
    if (other.rows > this.rows) this.#swap(other);
    if (other.rows === 0) return;
    const [mine, others] = [this.#dense, other.#dense];
    const d = Math.max(mine?.inner.d ?? 0, others?.inner.d ?? 0);
    if (this.#sparse?.isFew || other.#sparse?.isFew) this.#toFew().merge(other.#toFew());
    else if (mine === undefined || others === undefined) this.#toSparse().merge(other.#toSparse());
    else if (others.isYoung) mine.learnFrom(others, d);
    else {
      mine.inner.merge(others.inner);
      mine.merged(others);
    }
  }

  /** Each becomes the other. */
  #swap(other: ClassMixModel): void {
    [this.#dense, other.#dense] = [other.#dense, this.#dense];
    [this.#sparse, other.#sparse] = [other.#sparse, this.#sparse];
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
