import type { Answerer } from '../stage/answerer.ts';
import type { OperatorDefinition, SinkDefinition } from '../stage/definition.ts';
import type { Committer } from '../stage/sink.ts';
import type { CommitRecord } from '../state/store.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { Plan } from '../topology/plan.ts';
import type { Disk } from '../world/disk.ts';
import { Answerers } from './answerers.ts';
import { makeEncoder } from './build-sink.ts';
import { DEAD_LETTERS, LATE_JOURNAL } from './checkpointer.ts';
import { appendingCommitter, Commits } from './commits.ts';
import { lateCommitter } from './late-commits.ts';
import { Owned } from './owned.ts';
import { pendingDisk } from './pending-disk.ts';

/** What commits are made from. */
export interface CommitsOf {
  plan: Plan;
  stages: ReadonlyMap<string, LoadedStage>;
  disk: Disk;
  stateFolder: string;
  log(level: 'info' | 'warn' | 'error', stage: string, text: string): void;
}

/** Where parts lie that no commit has made visible. */
export const pendingFolderOf = (stateFolder: string) => `${stateFolder}/pending`;

/** What of a plan's stages runs on the engine's thread. */
export interface EngineSide {
  commits: Commits;
  answerers: Answerers;
}

/**
 * The committers of a plan's sinks and of its dead letters, on what the last checkpoint recorded of each; and the answerers of
 * its operators, which are closed with them: they share the disk, and so what they open.
 */
export function createCommits(of: CommitsOf, records: Record<string, CommitRecord>): EngineSide {
  // A commit that fails half-way leaves files open.
  const owned = new Owned(pendingDisk(of.disk, of.stateFolder, pendingFolderOf(of.stateFolder)));
  const shared = { ...of, disk: owned.disk };
  const answerers = new Answerers(answerersOf(shared));
  const release = async () => {
    try {
      await answerers.close();
    } finally {
      await owned.close((text) => of.log('warn', '', text));
    }
  };
  const commits = new Commits(committersOf(shared), records, of.disk, pendingFolderOf(of.stateFolder), release);
  return { commits, answerers };
}

function answerersOf({ plan, stages, disk, log }: CommitsOf): Map<string, Answerer> {
  const answerers = new Map<string, Answerer>();
  for (const { id, kind } of plan.nodes) {
    if (kind !== 'operator') continue;
    const { definition, options } = stages.get(id) as LoadedStage;
    const context = { disk, log: (level: 'info' | 'warn' | 'error', text: string) => log(level, id, text) };
    const answerer = answerers.has(id) ? undefined : (definition as OperatorDefinition).answerer?.(options, context);
    if (answerer) answerers.set(id, answerer);
  }
  return answerers;
}

function committersOf({ plan, stages, disk, stateFolder, log }: CommitsOf): Map<string, Committer> {
  const committers = new Map<string, Committer>();
  committers.set(DEAD_LETTERS, appendingCommitter(disk, `${stateFolder}/dead-letters.ndjson`));
  committers.set(LATE_JOURNAL, lateCommitter(disk, `${stateFolder}/late.ndjson`));
  for (const node of plan.nodes) {
    const { definition, options, codec } = stages.get(node.id) as LoadedStage;
    if (node.kind !== 'sink') continue;
    const committer = (definition as SinkDefinition).committer?.(options, {
      disk,
      keyNames: node.keyNames,
      ...(node.fields ? { fields: node.fields } : {}),
      encoder: () => makeEncoder(codec, node),
      log: (level, text) => log(level, node.id, text),
    });
    if (committer) committers.set(node.id, committer);
  }
  return committers;
}
