import { type At, field, type OptionsOf, operator, type Row, WeirError } from '#stage';
import { readsOf } from '../lib/keys/reads-of.ts';
import { LEARNER_DOCS, learnerExpressions, learnerFields, learnerParts, type Task } from '../lib/learn/learning.ts';
import { measuredOf } from '../lib/learn/measured.ts';
import { refuseLearner } from '../lib/learn/refuse.ts';
import { plane, sphere } from '../lib/learn/surface.ts';
import { type Place, TrackModel } from '../lib/learn/track-model.ts';

const options = {
  x: field.expression('The place along the first axis, metres; null for no fix.', { optional: true }),
  y: field.expression('The place along the second axis, metres.', { optional: true }),
  lat: field.expression('Instead of `x` and `y`: the latitude, degrees; null for no fix.', { optional: true }),
  lon: field.expression('The longitude, degrees.', { optional: true }),
  noise: field.number('Standard deviation of a fix along each axis.', { unit: 'm', min: 1e-6, max: 1e9, default: 10 }),
  acceleration: field.number('How much its velocity changes: standard deviation of the acceleration along each axis.', {
    unit: 'm/s²',
    min: 1e-12,
    max: 1e9,
    default: 2,
  }),
  speed: field.number('Standard deviation of a speed of which nothing is known yet.', {
    unit: 'm/s',
    min: 0,
    max: 1e9,
    default: 15,
  }),
  gate: field.number(
    'A fix whose squared distance, in variances of what was expected, is beyond this is left out; 0 for never.',
    {
      min: 0,
      max: 1e9,
      default: 13.8,
    },
  ),
  misses: field.count('Fixes left out in a row after which the track begins anew at the last of them.', {
    unit: 'fixes',
    min: 1,
    max: 1e6,
    default: 3,
  }),
  ahead: field.list('Forecast the place so much later: one time or several.', field.duration('A time.', { min: 1 }), {
    default: [],
  }),
  as: field.text('The field that the track gets.', { default: 'track' }),
  ...learnerFields,
};

/** A fix, and the time in seconds that it is of. */
type Fix = [x: number | null, y: number | null, time: number];

/** Follows what moves, one track a key. */
export default operator({
  summary: 'Follow what moves by its noisy fixes: place, velocity and where it will be.',
  docs: `A Kalman filter of constant velocity for each key, pushed by white acceleration, over the uneven event times of the records. A
record whose fix is null, or that \`learn\` keeps from being learned, only lets time go on. A fix farther off than \`gate\` allows
(13.8: one in a thousand, if all is as it should be) is left out; after \`misses\` of them in a row the track begins anew.

With F = [1 h; 0 1], g = [h²/2; h] after h seconds and r = noise²: P ← F P F' + acceleration² g g'; S = P₀₀ + r; it is left out when
|z − x|² > gate · S; K = P e₀ / S; x ← x + K (z − x); P ← (I − K e₀') P (I − K e₀')' + K r K' (Joseph). Both axes share P.

With \`x\` and \`y\` the field \`as\` holds { x, y, vx, vy, deviation, outlier }, metres and m/s; with \`lat\` and \`lon\`, on a map that is
flat around the last place, { lat, lon, speed, course, deviation, outlier }: m/s, degrees clockwise from north. \`deviation\` is the
standard deviation of the place along each axis, metres. With \`ahead\` it holds a list \`ahead\` of places too, each with its
deviation. The track is null until there was a fix. One that is no number, or no place on earth, makes a dead letter of its
record (\`WEIR_VALUE\`).

${LEARNER_DOCS}`,
  since: '0.3.0',
  ...learnerParts((given: OptionsOf<typeof options>, at) => {
    refuse(given);
    const { lat, lon, ahead, as } = given;
    const onEarth = lat !== undefined && lon !== undefined;
    const made = { ...given, surface: onEarth ? sphere : plane };
    const task: Task<TrackModel, Fix> = {
      kind: 'kalman-tracker',
      maker: {
        create: () => new TrackModel(made),
        restore: (saved) => TrackModel.restore(made, saved),
      },
      limits: { levels: 0, slots: 0 },
      look: (row) => fixOf(given, row, at),
      trials: ({ time }) => [
        [null, null, time],
        [1, 1, time + 1],
        [null, null, time + 2],
      ],
      take({ model }, [x, y, time], _, out, learn) {
        model.advance(time);
        const outlier = learn && x !== null && y !== null && model.learn(x, y);
        if (model.rows === 0) {
          out[as] = null;
          return;
        }
        const shown = onEarth ? onMap(model.at(0)) : model.at(0);
        const later = ahead.map((ms) => place(model.at(ms / 1000), onEarth));
        out[as] = { ...shown, outlier, ...(ahead.length > 0 ? { ahead: later } : {}) };
      },
    };
    return task;
  }),
  eventTime: true,
  options,
  cost: 'O(1 + places ahead) per record; ten numbers per key; records wait until the watermark has passed them',
  references: [
    'R. E. Kalman, A new approach to linear filtering and prediction problems, Journal of Basic Engineering 1960',
    'R. S. Bucy and P. D. Joseph, Filtering for stochastic processes, Wiley 1968',
    'Y. Bar-Shalom, X. R. Li and T. Kirubarajan, Estimation with applications to tracking and navigation, Wiley 2001',
  ],
  examples: [
    {
      title: 'a place of variance 1 and a velocity of variance 4, and what is known of both after the second fix',
      options: { x: 'x', y: 'y', noise: 1, speed: 2, acceleration: 1e-12, ahead: ['1s'] },
      given: [
        { $time: 1000, x: null },
        { $time: 2000, x: 0, y: 0 },
        { $time: 3000, x: 3, y: 6 },
      ],
      expect: [
        { x: null, track: null },
        {
          x: 0,
          y: 0,
          track: {
            ...{ x: 0, y: 0, vx: 0, vy: 0, deviation: 1, outlier: false },
            ahead: [{ x: 0, y: 0, deviation: Math.sqrt(5) }],
          },
        },
        {
          x: 3,
          y: 6,
          track: {
            ...{ x: 2.5, y: 5, vx: 2, vy: 4, deviation: Math.sqrt(5 / 6), outlier: false },
            ahead: [{ x: 4.5, y: 9, deviation: Math.sqrt(3.5) }],
          },
        },
      ],
    },
  ],
  types: ({ as }) => ({ [as]: 'object' as const }),
  reads: (given) => readsOf([given.x, given.y, given.lat, given.lon, ...learnerExpressions(given)]),
  refuse(given) {
    refuse(given);
    refuseLearner(given, [given.x, given.y, given.lat, given.lon]);
  },
});

function refuse({ x, y, lat, lon }: OptionsOf<typeof options>): void {
  const given = [x, y, lat, lon].filter((one) => one !== undefined).length;
  if (given === 2 && (x === undefined) === (y === undefined)) return;
  throw new WeirError('WEIR_OPTION', 'a place is x and y, or lat and lon: give two of them');
}

function fixOf({ x, y, lat, lon }: OptionsOf<typeof options>, row: Row, at: At): Fix {
  const seconds = at.time / 1000;
  if (x !== undefined && y !== undefined) return [measuredOf(x, 'x', row, at), measuredOf(y, 'y', row, at), seconds];
  if (lat === undefined || lon === undefined) throw new Error('a place has two coordinates');
  const [north, east] = [measuredOf(lat, 'lat', row, at), measuredOf(lon, 'lon', row, at)];
  if (Math.abs(north ?? 0) > 90 || Math.abs(east ?? 0) > 360) {
    throw new WeirError('WEIR_VALUE', `lat ${north}, lon ${east} is no place on earth`);
  }
  return [east, north, seconds];
}

function place({ x, y, deviation }: Place, onEarth: boolean): Row {
  return onEarth ? { lat: y, lon: x, deviation } : { x, y, deviation };
}

function onMap({ x, y, vx, vy, deviation }: Place): Row {
  const course = ((Math.atan2(vx, vy) * 180) / Math.PI + 360) % 360;
  return { lat: y, lon: x, speed: Math.hypot(vx, vy), course, deviation };
}
