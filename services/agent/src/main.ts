import { runAgentProgram } from '@klevr/agent-runtime/agent-program';

await runAgentProgram();
