import type { ErrorCode } from '@klevr/contracts/errors';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { ruleOf } from './access/route-rules.js';
import { ownProblems } from './http/answers.decorator.js';
import { accessOf } from './openapi.access.js';
import { problemCodesOf, problemResponsesOf } from './openapi.problems.js';
import { answerHeaders } from './openapi.shared.js';
import { streams } from './openapi.streams.js';
import { auditLine } from './openapi.trust-examples.js';

/** What Nest says of an operation, and what is made of it. */
export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { $ref?: string; description?: string; headers?: object; content?: Content }>;
  [extension: `x-${string}`]: unknown;
}
export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  description?: string;
  example?: unknown;
  schema?: Schema;
}
export type Schema = Record<string, unknown>;
type Content = Record<string, { schema?: Schema; example?: unknown }>;

/** Makes the operations whole by what follows from their method, path, rule and headers, so that each route says only what is its own. */
export class ApiOperations {
  readonly responses: Record<string, object> = {};

  constructor(private readonly reference: (schema: z.ZodType) => object) {}

  complete(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
    const whole = Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, one]) => [method, this.operation(method.toUpperCase(), path, one as Operation)]),
      ),
    ]);
    return Object.fromEntries(whole) as OpenAPIObject['paths'];
  }

  private operation(method: string, path: string, raw: Operation): object {
    const {
      operationId,
      summary: _none,
      description: text = '',
      tags,
      parameters = [],
      requestBody,
      responses,
      [ownProblems]: own,
      ...rest
    } = raw;
    const rule = ruleOf(method, path.replaceAll(/\{(\w+)\}/g, ':$1'));
    const { sentence, extension } = accessOf(rule);
    const headers = parameters.filter((one) => one.in === 'header').map(({ name }) => name);
    const codes = problemCodesOf({ method, path, rule, headers, own: (own ?? []) as ErrorCode[] });
    return {
      operationId,
      summary: summaryOf(text),
      description: `${text}.\n\n${sentence}`,
      tags,
      ...rest,
      security: rule?.kind === 'anyone' ? [] : [{ bearer: [] }],
      'x-klevr-access': extension,
      parameters: [...parameters.map(withExample), ...forEvery],
      ...(requestBody === undefined ? {} : { requestBody }),
      responses: { ...this.successes(operationId, method, responses), ...this.problems(codes) },
      ...this.streamOf(operationId),
    };
  }

  private successes(operationId: string, method: string, responses: Operation['responses']): object {
    const entries = Object.entries(responses).map(([status, response]) => {
      const { description: _done, headers, content, ...rest } = response;
      const named = Object.entries(content ?? {}).map(([type, media]) => {
        const example = textExamples[type] ?? (type === 'text/event-stream' ? streams[operationId]?.example : undefined);
        return [type, example === undefined ? media : { ...media, example }];
      });
      return [
        status,
        {
          description: meaningOf(status, method),
          headers: { ...headers, ...answerHeaders },
          ...(content === undefined ? {} : { content: Object.fromEntries(named) as Content }),
          ...rest,
        },
      ];
    });
    return Object.fromEntries(entries) as object;
  }

  private problems(codes: readonly ErrorCode[]): object {
    const found = problemResponsesOf(codes);
    for (const { name, response } of found) this.responses[name] = response;
    return Object.fromEntries(found.map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]));
  }

  private streamOf(operationId: string): object {
    const stream = streams[operationId];
    if (stream === undefined) return {};
    const messages = Object.entries(stream.messages).map(([event, schema]) => [event, this.reference(schema)]);
    return { 'x-klevr-stream': Object.fromEntries(messages) as object };
  }
}

const forEvery = ['traceparent', 'X-Request-Id'].map((name) => ({ $ref: `#/components/parameters/${name}` }));

const meanings: Readonly<Record<string, string>> = {
  200: 'Done',
  201: 'Made',
  202: 'Taken on: the answer tells how things stand now',
  204: 'Done; there is nothing to tell',
};
const meaningOf = (status: string, method: string): string =>
  method === 'GET' && status === '200' ? 'As asked for' : (meanings[status] ?? 'Done');

const textExamples: Readonly<Record<string, string>> = { 'text/plain': 'hello\n', 'application/x-ndjson': auditLine };

/** The first clause. */
const summaryOf = (text: string): string => /^.*?(?=[.;:,] |$)/.exec(text)?.[0] ?? text;

function withExample(parameter: Parameter): Parameter {
  const { example, ...schema } = parameter.schema ?? {};
  return example === undefined ? parameter : { ...parameter, schema, example };
}
