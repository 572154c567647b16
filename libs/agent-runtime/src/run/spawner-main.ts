import { closeSync, constants, openSync } from 'node:fs';
import { begunOf, faultOf, spawnScript, type NotStarted, type RunningScript } from './script-spawn.js';
import type { FromSpawner, ToSpawner } from './spawner.js';

/**
 * The spawner: a small process that begins scripts for its agent and waits for their ends.
 * Promises: ends when its agent does; scripts go on then, as they would if the agent had begun them. Does not: end any script, or look at what it is told.
 */
const tell = (message: FromSpawner): void => void process.send?.(message, () => undefined);

const begin = async ({ script, stdout, stderr }: ToSpawner): Promise<RunningScript | NotStarted> => {
  const outputs: number[] = [];
  try {
    // Somebody reads them already, so this waits for nobody.
    for (const path of [stdout, stderr]) outputs.push(openSync(path, constants.O_WRONLY));
    const [out = 0, err = 0] = outputs;
    return await begunOf(script, spawnScript(script, [out, err]));
  } catch (error) {
    return { fault: faultOf(error, script) };
  } finally {
    for (const output of outputs) closeSync(output);
  }
};

process.on('message', (message: ToSpawner) => {
  void begin(message).then((begun) => {
    const { number } = message;
    if (begun.pid === undefined) return tell({ number, fault: begun.fault });
    tell({ number, pid: begun.pid });
    void begun.ended.then((end) => tell({ number, end }));
  });
});
process.on('disconnect', () => process.exit());
// Whoever ends the agent with all that belongs to it leaves the agent the time to hear how its scripts end.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
tell({ ready: true });
