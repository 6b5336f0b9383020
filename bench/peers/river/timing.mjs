// A thread of run.mjs: CPU microseconds a row of the stage and of the model of one work, which `workerData` is the number of.
import { parentPort, workerData } from 'node:worker_threads';
import { modelPass, recordsOf, stagePass } from './weir.mjs';
import { WORKS } from './works.mjs';

const work = WORKS[workerData];
const stage = await stagePass(work);
const model = await modelPass(work);
const records = recordsOf(work.rows());
parentPort.postMessage({ stage: stage(records), model: model(records) });
