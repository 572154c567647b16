import { Controller, Get, Query } from '@nestjs/common';
import { builtInCommands } from '@klevr/contracts/commands';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../http/answers.decorator.js';
import { NoFields } from '../http/no-fields.js';

const JsonSchema = z.record(z.string(), z.unknown()).describe('a JSON Schema');
const Commands = z.object({
  items: z.array(z.object({ name: z.string(), description: z.string(), parameters: JsonSchema, result: JsonSchema })),
  nextCursor: z.null(),
});
type Commands = z.infer<typeof Commands>;

const commands: Commands = {
  items: Object.entries(builtInCommands).map(([name, { description, parameters, result }]) => ({
    name,
    description,
    parameters: z.toJSONSchema(parameters, { io: 'input' }),
    result: z.toJSONSchema(result),
  })),
  nextCursor: null,
};

@ApiTags('tasks')
@Controller('commands')
export class CommandsController {
  @Get()
  @Answers(200, Commands, 'Lists the commands that a step can use, with what they take and put out')
  list(@Query({ schema: NoFields }) _query: NoFields): Commands {
    return commands;
  }
}
