/**
 * Names of operations, from those of controller and method: `TasksController.list` is `listTasks`, `AgentActionsController.drain` is `drainAgent`. A method
 * of more than one word is a whole name already: `EventsController.followEvents`. Clients are generated from these names, so a method that is
 * renamed breaks them.
 */
export function operationIdOf(controller: string, method: string): string {
  if (/[A-Z]/.test(method)) return method;
  const things = controller.replace(/(Actions)?Controller$/, '');
  const thing = things.replace(/ies$/, 'y').replace(/s$/, '');
  if (method === 'list') return `list${things}`;
  return `${method === 'remove' ? 'delete' : method}${thing}`;
}
