import { beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { routeRules } from './access/route-rules.js';
import { ApiDocument, type Answer, type Media, type Operation, type Schema } from './contract/api-document.fixture.js';

let document: ApiDocument;

beforeAll(async () => {
  document = await ApiDocument.read();
}, 60_000);

const named = (): (readonly [name: string, operation: Operation])[] =>
  document.operations.map((operation) => [document.nameOf(operation), operation] as const);

const answers = (operation: Operation): [status: string, answer: Answer][] =>
  Object.keys(operation.responses).map((status) => [status, document.answerOf(operation, status) ?? {}]);

const faultsOf = (where: string, value: unknown, schema: Schema): string[] => {
  const faults = document.faultsOf(value, schema);
  return faults === '' ? [] : [`${where}: ${faults} in ${JSON.stringify(value)}`];
};

const exampleFaults = (where: string, { schema, example, examples }: Media): string[] => {
  const given = examples === undefined ? [example] : Object.values(examples).map(({ value }) => value);
  if (given.some((one) => one === undefined)) return [`${where}: has no example`];
  return given.flatMap((value) => faultsOf(where, value, schema ?? {}));
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
    const problems = await lintFromString({ source: JSON.stringify(document.text), config });
    expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer ?? ''}`)).toEqual([]);
  }, 60_000);

  it('tells of every route that has a rule, and of no other', () => {
    expect(
      named()
        .map(([name]) => name)
        .sort(),
    ).toEqual(Object.keys(routeRules).sort());
  });

  it('names every operation once, readably', () => {
    const ids = document.operations.map(({ operationId }) => operationId);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]+)+$/.test(id))).toEqual([]);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('has a short summary and who may call it for every operation', () => {
    const lacking = named().filter(
      ([, { summary, description, 'x-klevr-access': access }]) =>
        summary.length < 5 || summary.length > 120 || !/\*\*(Needs|For everybody)/.test(description) || access.kind === 'nobody',
    );
    expect(lacking.map(([name]) => name)).toEqual([]);
  });

  it('tells the problems of every operation by their codes, those that can be tried again with Retry-After', () => {
    for (const operation of document.operations) {
      const told = answers(operation);
      expect(told.map(([status]) => status)).toEqual(expect.arrayContaining(['400', '429', '503']));
      for (const [status, { headers, content }] of told.filter(([one]) => one >= '400')) {
        const examples = Object.entries(content?.['application/problem+json']?.examples ?? {});
        expect(examples.length).toBeGreaterThan(0);
        for (const [code, { value }] of examples) expect(value).toMatchObject({ code, status: Number(status) });
        expect(Object.keys(headers ?? {})).toEqual(expect.arrayContaining(['429', '503'].includes(status) ? ['Retry-After'] : []));
      }
    }
  });

  it('has valid examples of every body and every answer', () => {
    const faults = named().flatMap(([name, operation]) => [
      ...Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, media]) => exampleFaults(`${name} takes ${type}`, media)),
      ...answers(operation).flatMap(([status, { content = {} }]) =>
        Object.entries(content).flatMap(([type, media]) => exampleFaults(`${name} ${status} ${type}`, media)),
      ),
    ]);
    expect(faults).toEqual([]);
  });

  it('has valid examples of parameters and components', () => {
    const faults = [
      ...named().flatMap(([name, { parameters }]) =>
        parameters
          .filter(({ example }) => example !== undefined)
          .flatMap((one) => faultsOf(`${name} ${one.name}`, one.example, one.schema)),
      ),
      ...Object.entries(document.text.components.schemas).flatMap(([name, schema]) =>
        ((schema['examples'] ?? []) as unknown[]).flatMap((value) => faultsOf(name, value, schema)),
      ),
    ];
    expect(faults).toEqual([]);
  });

  it('shows what every path needs', () => {
    const lacking = named().flatMap(([name, { parameters }]) =>
      parameters.filter((one) => one.in === 'path' && one.example === undefined).map((one) => `${name} ${one.name}`),
    );
    expect(lacking).toEqual([]);
  });
});
