import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { LintRecipe, LintReport, Recipe } from '@klevr/contracts/catalogue';
import type { ReplyOf, RequestOf } from '@klevr/contracts/contract';
import { provisionerRpc } from '@klevr/contracts/provisioner-contracts';
import { RecipeName } from '@klevr/contracts/recipe';
import { Bus } from '@klevr/messaging/bus';
import { call } from '@klevr/messaging/call';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers } from '../http/answers.decorator.js';
import { longCall } from '../http/long-call.js';
import { NoFields } from '../http/no-fields.js';
import { SourceRef } from './source-ref.js';

const { listRecipes, getRecipe, lintRecipe } = provisionerRpc;

const source = SourceRef.optional().describe('id or name of the source');
const ListRecipes = listRecipes.request.extend({ source }).strict();
const GetRecipe = z.strictObject({ source, version: z.string().min(1).max(64).optional().describe('the newest if not given') });
type GetRecipe = z.infer<typeof GetRecipe>;

@ApiTags('catalogue')
@Controller('catalogue')
export class RecipesController {
  constructor(private readonly bus: Bus) {}

  @Get('recipes')
  @Answers(200, listRecipes.reply, 'Lists the recipes that resources can be made of; of one source or driver if so asked')
  list(@Query({ schema: ListRecipes }) query: RequestOf<typeof listRecipes>): Promise<ReplyOf<typeof listRecipes>> {
    return call(this.bus, listRecipes, query);
  }

  @Get('recipes/:name')
  @Answers(
    200,
    Recipe,
    'Tells about a recipe: its parameters as JSON Schema, its outputs, its versions. Where several sources have the name, the one that comes with Klevr is told, or `source` has to say which',
    ['CONFLICT'],
  )
  get(@Param('name', { schema: RecipeName }) name: string, @Query({ schema: GetRecipe }) query: GetRecipe): Promise<Recipe> {
    return call(this.bus, getRecipe, { ...query, name });
  }

  @Post('lint')
  @HttpCode(200)
  @Answers(200, LintReport, "Says what is wrong with a recipe's files, each with file and line; nothing of them is kept")
  lintRecipe(@Query({ schema: NoFields }) _query: NoFields, @Body({ schema: LintRecipe }) recipe: LintRecipe): Promise<LintReport> {
    return call(this.bus, lintRecipe, recipe, longCall);
  }
}
