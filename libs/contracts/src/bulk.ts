import { z } from 'zod';
import { CreateTask, Task } from './task.js';

/** `POST /tasks/bulk`: many tasks with one request. Either all are made, or none and every fault is told. */
export const mostTasksAtOnce = 100;
export const CreateTasks = z.strictObject({ tasks: z.array(CreateTask).min(1).max(mostTasksAtOnce) }).meta({ id: 'CreateTasks' });
export type CreateTasks = z.infer<typeof CreateTasks>;

/** What is told of each of many new tasks, in their order; `GET /tasks/{id}` has the rest. */
export const CreatedTask = Task.pick({ id: true, name: true, zoneId: true, status: true, callbacks: true, createdAt: true }).meta({
  id: 'CreatedTask',
});
export type CreatedTask = z.infer<typeof CreatedTask>;
