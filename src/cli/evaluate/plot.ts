import type { Row } from '../../stage/row.ts';
import { axes, escaped, type Frame, label, path, xOf, yOf } from './axes.ts';
import type { Judged } from './judge.ts';
import { figure } from './report.ts';
import { TASKS } from './tasks.ts';

const [WIDTH, HEIGHT] = [980, 420];
const [TOP, BOTTOM] = [104, 356];
/** Colours, said in full: not every viewer knows variables. They keep their contrast on both grounds, and for those who do not see red and green apart. */
const colours = (
  ground: string,
  ink: string,
  soft: string,
  line: string,
  model: string,
  other: string,
  alarm: string,
) =>
  `.ground{fill:${ground}}.head,.title,.key{fill:${ink}}.sub,.tick{fill:${soft}}.grid{stroke:${line}}.axis{stroke:${soft}}.model{stroke:${model}}.dot{fill:${model};stroke:${ground}}.other,.ideal{stroke:${other}}.alarm{stroke:${alarm}}.mark{fill:${alarm}}`;
const STYLE = `svg{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif}.head{font-size:17px;font-weight:600}.tick{font-size:12px}
path{fill:none}.model,.other{stroke-width:2;stroke-linejoin:round}.other,.ideal{stroke-dasharray:5 4}.alarm{stroke-width:1.5;stroke-opacity:.7}.dot{fill-opacity:.8}
${colours('#fff', '#1f2328', '#59636e', '#d8dee4', '#0969da', '#8c959f', '#bc4c00')}
@media(prefers-color-scheme:dark){${colours('#0d1117', '#e6edf3', '#9198a1', '#30363d', '#58a6ff', '#7d8590', '#f0883e')}}`;

type Line = [x: number, y: number | null][];

/** What is drawn over time: losses of the learner and of the baseline. */
interface Course {
  model: Line;
  other: Line;
  title: string;
  /** Over which rows each point goes. */
  over: string;
}

/**
 * Error over time beside the baseline, with drift alarms, and for probabilities a reliability diagram, as an SVG that follows the
 * reader's light or dark setting.
 */
export function plotOf(judged: Judged, name: string): string {
  const { task, target, learner, rows, alarms, scores } = judged;
  const course = courseOf(judged);
  const bins = (scores.calibration ?? []) as Bin[];
  const width = bins.length > 0 ? 560 : WIDTH - 104;
  const frame: Frame = { left: 64, top: TOP, width, height: BOTTOM - TOP, x: [0, rows], y: [0, ceiling(course)] };
  const about = `${task} of ${target}, ${name}: ${label(rows)} rows, skill ${figure(scores.skill)}`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(`${learner}: ${about}`)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="head" x="20" y="32">${escaped(learner)}</text>`,
    `<text class="sub" x="20" y="54">${escaped(about)}</text>`,
    axes(frame, { x: `row (each point: ${course.over})`, y: course.title }, { x: width / 90, y: 5 }),
    `<clipPath id="frame"><rect x="${frame.left}" y="${TOP}" width="${width}" height="${BOTTOM - TOP}"/></clipPath>`,
    `<g clip-path="url(#frame)">`,
    `<path class="other" d="${path(frame, course.other)}"/>`,
    ...alarms.map((row) => `<path class="alarm" d="M${xOf(frame, row)} ${TOP}V${BOTTOM}"/>`),
    `<path class="model" d="${path(frame, course.model)}"/>`,
    '</g>',
    ...alarms.map((row) => `<path class="mark" d="M${xOf(frame, row)} ${TOP}l-4 -7h8z"/>`),
    legend(frame, learner, alarms.length),
    bins.length > 0 ? reliability(bins, judged) : '',
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n')}\n`;
}

/** The loss of the task, over the last rows; of classes without probabilities the share of errors. */
function courseOf({ task, target, points, scores, window }: Judged): Course {
  const { score, baseline, title } = TASKS[task];
  const drawn = points.filter((row) => (row.rows as number) > 0);
  const line = (of: (row: Row) => unknown): Line => drawn.map((row) => [row.rows as number, numberOf(of(row))]);
  const over = `the last ${label(window)} rows`;
  if (task === 'anomaly') {
    const all = 'all rows so far';
    return { model: line((row) => row[score]), other: line((row) => row[baseline]), title, over: all };
  }
  const rolling = (of: string) => (row: Row) => (row.rolling as Row | null)?.[of];
  const unit = score === 'logLoss' ? title : `${title}, in units of ${target}`;
  if (scores[score] !== null) return { model: line(rolling(score)), other: line(rolling(baseline)), title: unit, over };
  const errors = (of: string) => (row: Row) => {
    const right = numberOf(rolling(of)(row));
    return right === null ? null : 1 - right;
  };
  return {
    model: line(errors('accuracy')),
    other: line(errors('baselineAccuracy')),
    title: 'share of wrong classes',
    over,
  };
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Where the drawing ends: above nearly all of both lines, so that a wild beginning does not flatten the rest. */
function ceiling({ model, other }: Course): number {
  const high = (line: Line, share: number) => {
    const values = line.flatMap(([, y]) => (y === null ? [] : [y])).sort((a, b) => a - b);
    return values[Math.floor(share * (values.length - 1))] ?? 0;
  };
  return Math.max(high(model, 0.9), high(other, 0.98)) * 1.15 || 1;
}

function legend({ left, width }: Frame, learner: string, alarms: number): string {
  const parts = [
    { drawn: '<path class="model" d="M0 0h22"/>', text: learner },
    { drawn: '<path class="other" d="M0 0h22"/>', text: 'baseline' },
    ...(alarms > 0 ? [{ drawn: '<path class="mark" d="M11 5l-5 -9h10z"/>', text: 'losses have risen' }] : []),
  ];
  let at = left + width;
  return parts
    .reverse()
    .map(({ drawn, text }) => {
      at -= 30 + 7.2 * text.length + 14;
      return `<g transform="translate(${at} ${TOP - 20})">${drawn}<text class="key" x="28" y="4">${escaped(text)}</text></g>`;
    })
    .join('\n');
}

interface Bin {
  rows: number;
  predicted: number;
  observed: number;
}

/** What was predicted against what came true, in classes of probability; dots are as large as the classes. */
function reliability(bins: readonly Bin[], { task }: Judged): string {
  const frame: Frame = { left: 706, top: TOP, width: 252, height: BOTTOM - TOP, x: [0, 1], y: [0, 1] };
  const most = Math.max(...bins.map(({ rows }) => rows));
  const dots = bins.map(({ rows, predicted, observed }) => {
    const r = Math.round(10 * (2.5 + 7.5 * Math.sqrt(rows / most))) / 10;
    return `<circle class="dot" cx="${xOf(frame, predicted)}" cy="${yOf(frame, observed)}" r="${r}"><title>${label(rows)} rows: ${figure(predicted)} predicted, ${figure(observed)} came true</title></circle>`;
  });
  const of = task === 'binary' ? 'of the greater class' : 'of the predicted class';
  return [
    axes(frame, { x: `probability ${of}`, y: 'calibration: share that came true' }, { x: 5, y: 5 }),
    `<path class="ideal" d="${path(frame, [
      [0, 0],
      [1, 1],
    ])}"/>`,
    ...dots,
  ].join('\n');
}
