import { runAgentProgram } from '@klevr/agent-runtime/agent-program';
import { workerExtension } from './worker.js';

await runAgentProgram(workerExtension);
