import { beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { routeRules } from './access/route-rules.js';
import { openApiDocument } from './openapi.document.js';

interface Media {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Record<string, { value: unknown }>;
}
interface Answer {
  readonly $ref?: string;
  readonly content?: Record<string, Media>;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: { $ref?: string; name: string; in: string; schema: object; example?: unknown }[];
  readonly requestBody?: { content: Record<string, Media> };
  readonly responses: Record<string, Answer>;
  readonly 'x-klevr-access': { kind: string; role?: string };
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, { examples?: unknown[] }>; responses: Record<string, Answer> };
}

let document: Document;
let operations: [name: string, operation: Operation][];
let ajv: Ajv2020;

beforeAll(async () => {
  document = JSON.parse(JSON.stringify(await openApiDocument())) as Document;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path.replace('/api/v1', '').replaceAll(/\{(\w+)\}/g, ':$1')}`,
      operation,
    ]),
  );
  ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, 'klevr');
});

const answers = ({ responses }: Operation): [status: string, answer: Answer][] =>
  Object.entries(responses).map(([status, answer]) => [
    status,
    answer.$ref === undefined ? answer : (document.components.responses[answer.$ref.split('/').at(-1) ?? ''] ?? {}),
  ]);

/** Faults of an example; what is told in the words of a reference is found in the document. */
function faultsOf(value: unknown, schema: object): string[] {
  const whole = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"klevr#/components/')) as object;
  return ajv.validate(whole, value) ? [] : [`${ajv.errorsText()} in ${JSON.stringify(value)}`];
}

const exampleFaults = (where: string, { schema, example, examples }: Media): string[] => {
  const given = examples === undefined ? [example] : Object.values(examples).map(({ value }) => value);
  if (given.some((one) => one === undefined)) return [`${where}: has no example`];
  return given.flatMap((value) => faultsOf(value, schema ?? {}).map((fault) => `${where}: ${fault}`));
};

describe('the API document', () => {
  it('is valid OpenAPI 3.1, with every reference resolved', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: {
        // Two routes may share a prefix: a literal part always goes before a name.
        'no-ambiguous-paths': 'off',
        // A test of its own, below, judges them by the whole schema.
        'no-invalid-media-type-examples': 'off',
        // The messages of streams are named in an extension.
        'no-unused-components': 'off',
      },
    });
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer ?? ''}`)).toEqual([]);
  });

  it('tells of every route that has a rule, and of no other', () => {
    expect(operations.map(([name]) => name).sort()).toEqual(Object.keys(routeRules).sort());
  });

  it('names every operation once, readably', () => {
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]+)+$/.test(id))).toEqual([]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('has a short summary and who may call it for every operation', () => {
    const lacking = operations.filter(
      ([, { summary, description, 'x-klevr-access': access }]) =>
        summary.length < 5 || summary.length > 120 || !/\*\*(Needs|For everybody)/.test(description) || access.kind === 'nobody',
    );
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  it('tells the problems of every operation by their codes, those that can be tried again with Retry-After', () => {
    for (const [, operation] of operations) {
      const told = answers(operation);
      expect(told.map(([status]) => status)).toEqual(expect.arrayContaining(['400', '429', '503']));
      for (const [status, { content }] of told.filter(([one]) => one >= '400')) {
        const examples = Object.entries(content?.['application/problem+json']?.examples ?? {});
        expect(examples.length).toBeGreaterThan(0);
        for (const [code, { value }] of examples) expect(value).toMatchObject({ code, status: Number(status) });
      }
    }
  });

  it('has valid examples of every body and every answer', () => {
    const faults = operations.flatMap(([name, operation]) => [
      ...Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, media]) => exampleFaults(`${name} takes ${type}`, media)),
      ...answers(operation).flatMap(([status, { content = {} }]) =>
        Object.entries(content).flatMap(([type, media]) => exampleFaults(`${name} ${status} ${type}`, media)),
      ),
    ]);
    expect(faults).toEqual([]);
  });

  it('has valid examples of parameters and components', () => {
    const faults = [
      ...operations.flatMap(([name, { parameters }]) =>
        parameters
          .filter(({ example }) => example !== undefined)
          .flatMap((one) => faultsOf(one.example, one.schema).map((fault) => `${name} ${one.name}: ${fault}`)),
      ),
      ...Object.entries(document.components.schemas).flatMap(([name, schema]) =>
        (schema.examples ?? []).flatMap((value) => faultsOf(value, schema).map((fault) => `${name}: ${fault}`)),
      ),
    ];
    expect(faults).toEqual([]);
  });

  it('shows what every path needs', () => {
    const lacking = operations.flatMap(([name, { parameters }]) =>
      parameters.filter((one) => one.in === 'path' && one.example === undefined).map((one) => `${name} ${one.name}`),
    );
    expect(lacking).toEqual([]);
  });
});
