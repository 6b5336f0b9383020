import { field } from '#stage';
import { regressor } from '../lib/learn/regressor.ts';
import { RlsModel } from '../lib/learn/rls-model.ts';
import { ridgeField } from '../lib/learn/weighing-fields.ts';

/** Ordinary least squares over all records: as they stream, or over the whole of a bounded input. */
export default regressor({
  kind: 'linear-regression',
  summary: 'Predict numbers by ordinary least squares over all records.',
  docs: `Minimises Σ (yᵢ − w·xᵢ)² + \`ridge\` · |w|² over the records, x with a constant 1 that bears no penalty. With \`fit: stream\` each record is answered
by those before it. With \`fit: whole\` the records of a bounded input are all answered at its end, by all of them: at most \`capacity\`
are kept, and what stands behind finds them late where it reads event time.

Either way each row is rotated in once (Gentleman), which is as exact as a QR decomposition of all rows: squares of numbers are
never added up. A feature that nothing is known of, or that others make up wholly, gets the weight 0.`,
  since: '0.3.0',
  options: {
    fit: field.choice('By what a record is answered.', ['stream', 'whole'], { default: 'stream' }),
    ridge: ridgeField(0, 0),
  },
  cost: 'O(d²) per record; d² numbers per model, and with `fit: whole` all records',
  references: [
    'A. M. Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805',
    'W. M. Gentleman, Least squares computations by Givens transformations without square roots, IMA Journal 1973',
    'A. J. Miller, Algorithm AS 274: least squares routines to supplement those of Gentleman, Applied Statistics 1992',
  ],
  examples: [
    {
      title: 'five points of a line, and the sixth',
      options: { target: 'y', features: ['x'] },
      given: [
        { $time: 1, x: 1, y: 1 },
        { $time: 2, x: 2, y: 2 },
        { $time: 3, x: 3, y: 3 },
        { $time: 4, x: 4, y: 4 },
        { $time: 5, x: 5, y: 5 },
        { $time: 6, x: 6, y: null },
      ],
      expect: [
        { x: 1, y: 1, prediction: null },
        { x: 2, y: 2, prediction: 1 },
        { x: 3, y: 3, prediction: 3 },
        { x: 4, y: 4, prediction: 4 },
        { x: 5, y: 5, prediction: 5 },
        { x: 6, y: null, prediction: 6 },
      ],
    },
    {
      title: 'the line through all of them',
      options: { target: 'y', features: ['x'], fit: 'whole' },
      given: [
        { $time: 1, x: 1, y: 1 },
        { $time: 2, x: 2, y: 4 },
        { $time: 3, x: 3, y: 4 },
        { $time: 4, x: 0, y: null },
      ],
      expect: [
        { x: 1, y: 1, prediction: 1.5 },
        { x: 2, y: 4, prediction: 3 },
        { x: 3, y: 4, prediction: 4.5 },
        { x: 0, y: null, prediction: 0 },
      ],
    },
  ],
  whole: ({ fit }) => fit === 'whole',
  maker({ ridge }, targets) {
    const options = { forgetting: 1, ridge, clip: 0 };
    return { create: () => new RlsModel(options, targets), restore: (saved) => RlsModel.restore(options, saved) };
  },
});
