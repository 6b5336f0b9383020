import { field } from '#stage';
import { FourierRlsModel } from '../lib/learn/fourier-rls-model.ts';
import { LastModel } from '../lib/learn/last-model.ts';
import { MemoryMixModel } from '../lib/learn/memory-mix-model.ts';
import type { Maker, Regression } from '../lib/learn/model.ts';
import { regressor } from '../lib/learn/regressor.ts';
import { RlsModel } from '../lib/learn/rls-model.ts';
import { clipField, ridgeField } from '../lib/learn/weighing-fields.ts';

/** A supervised mixture of regressions with several memories: the regression to begin with, without anything to tune. */
export default regressor({
  kind: 'memory-mix',
  summary: 'Predict numbers by experts of several memories, each trusted by its errors of late.',
  docs: `The experts: least squares with each forgetting of \`memories\` (see \`rls\`), least squares over \`cosines\` random Fourier features (see
\`fourier-rls\`) for what is not linear, and with \`last\` the target before. The answer is their mean weighed by e^(−20·(Lₖ − L)/L), Lₖ the
absolute errors of an expert, each counting 1 % less with each record, and L the least of them. A wild error counts no
more than five usual ones.

The experts are parts of one actor, which holds them all; none is an actor of its own. The mixture supervises them: one whose answers are not finite, or whose errors have been 1.6 times its own usual ones and
1.2 times the best expert's for 100 records, is begun anew; the others answer meanwhile. So the long memories follow a
concept that changes at once.

Beyond 1,000 features, and from the 100th record on beyond 300, and so with free text, the experts are linear regressions by small steps of six paces (see \`sgd-regressor\`),
and with \`last\` the target before. They begin with the weights of the least squares whose errors of late are the least, and with the
scales of the columns; what is not linear is given up.

Models merge expert by expert: least squares exactly, those by small steps by rows; of what is not linear that learned from more
records is kept.`,
  since: '0.3.0',
  sparse: true,
  options: {
    memories: field.list(
      'λ of each expert.',
      field.number('How much a record counts once the next has come.', { min: 0.5, max: 1 }),
      {
        default: [1, 0.9995, 0.998, 0.99, 0.97],
      },
    ),
    cosines: field.count(
      'Random Fourier features of the expert that is not linear; 0 for none, which is much cheaper.',
      {
        unit: 'cosines',
        min: 0,
        max: 2000,
        default: 200,
      },
    ),
    last: field.flag('Whether the target before is an expert as well.', { default: true }),
    ridge: ridgeField(1),
    clip: clipField(3),
  },
  cost: 'O(m·d² + (D + d)²) per record for m memories and D cosines: about 100 µs with 200 cosines, 3 µs without, d = 10, and with the square of d up to some 2 ms at d = 300, which for the first 100 records alone may be 1,000 and 10 ms; as many numbers per model; beyond that O(features of the record), some 1 µs each',
  references: [
    'Y. Freund and R. E. Schapire, A decision-theoretic generalization of on-line learning and an application to boosting, JCSS 1997',
    'M. Herbster and M. K. Warmuth, Tracking the best expert, Machine Learning 1998',
    'A. Rahimi and B. Recht, Random features for large-scale kernel machines, NIPS 2007',
  ],
  examples: [
    {
      title: 'points of a line',
      options: { target: 'y', features: ['x'], ridge: 1e-9, last: false },
      given: [
        { $time: 1, x: 1, y: 3 },
        { $time: 2, x: 2, y: 5 },
        { $time: 3, x: 3, y: null },
      ],
      expect: [
        { x: 1, y: 3, prediction: null },
        { x: 2, y: 5, prediction: 3 },
        { x: 3, y: null, prediction: 7 },
      ],
    },
  ],
  maker({ memories, cosines, last, ridge, clip }, targets) {
    const experts: Maker<Regression>[] = memories.map((forgetting) => {
      const options = { forgetting, ridge, clip };
      return { create: () => new RlsModel(options, targets), restore: (saved) => RlsModel.restore(options, saved) };
    });
    if (cosines > 0) {
      const options = { features: cosines, length: 1, seed: 42, forgetting: 0.999, ridge, clip };
      experts.push({
        create: () => new FourierRlsModel(options, targets),
        restore: (saved) => FourierRlsModel.restore(options, targets, saved),
      });
    }
    const lasting: Maker<Regression>[] = [];
    if (last) lasting.push({ create: () => new LastModel(targets), restore: (saved) => LastModel.restore(saved) });
    const makers = { dense: experts, lasting };
    return {
      create: () => new MemoryMixModel(makers, targets),
      restore: (saved) => MemoryMixModel.restore(makers, targets, saved),
    };
  },
});
