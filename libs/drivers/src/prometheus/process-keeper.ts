import type { StackProcess } from './stack-process.js';
import type { OwnProcess } from './own-processes.js';
import type { StackFile } from './stack-file.js';
import type { StackFolder } from './stack-folder.js';

/** Who starts and ends the processes of stacks on this host. What runs is seen by the processes' own marks, whoever started them. */
export interface ProcessKeeper {
  readonly kind: 'systemd' | 'detached';
  /** Files that it needs beside the stack's own: units. */
  files(stack: StackOfProcesses, processes: readonly StackProcess[]): StackFile[];
  /** The part under which the file for a program stands there, if it needs one. */
  filePart(stack: StackOfProcesses, name: string): string | undefined;
  /** Resolves once it is started, not yet ready. */
  start(stack: StackOfProcesses, process: StackProcess): Promise<void>;
  /** Asks it to end; what does not is ended by force by who calls. */
  stop(stack: StackOfProcesses, running: OwnProcess): Promise<void>;
  /** Neither starts it again by itself any more, nor when the host starts. For one that it does not know too. */
  forget(stack: StackOfProcesses, name: string): Promise<void>;
}

export interface StackOfProcesses {
  readonly resourceId: string;
  readonly resourceName: string;
  readonly folder: StackFolder;
}

export const logPath = (folder: StackFolder, name: string): string => folder.at('log', `${name}.log`);
export const lifeLinePath = (folder: StackFolder, name: string): string => folder.at('run', `${name}.life`);
