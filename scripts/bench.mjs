// npm run bench [-- OPTIONS]: measures Nexmark queries, with `--verify` compares what they give with an oracle, with
// `--peer flink` runs them in turns with Flink, with `--peer river` its learners in turns with River, with `--soak` runs ten million ever-new keys through windows, with
// `--learners` judges learners on data sets, with `--heap` tells what learners keep of each row. The options of each stand at the head of its file.
import { prepare } from './prepare.mjs';

prepare();
const asked = process.argv.slice(2);
if (asked.includes('--verify')) await import('../bench/nexmark/verify.mjs');
else if (asked.includes('--learners')) await import('../bench/learners/run.mjs');
else if (asked.includes('--heap')) await import('../bench/learners/heap.mjs');
else if (asked.includes('--peer') && asked.includes('river')) await import('../bench/peers/river/run.mjs');
else if (asked.includes('--peer')) await import('../bench/peers/flink/run.mjs');
else if (asked.includes('--soak')) await import('../bench/soak/run.mjs');
else await import('../bench/nexmark/measure.mjs');
