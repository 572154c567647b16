import fc from 'fast-check';
import type { ApiDocument } from './api-document.fixture.js';
import type { ApiRequest } from './api-requests.fixture.js';

/** A request with something wrong, and what. */
export interface BadRequest extends ApiRequest {
  readonly wrong: string;
}

const wrongValues: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  2 ** 60,
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'é'.repeat(70_000),
  "' OR 1=1 --",
  '${7*7}',
  '../../etc/passwd',
  '2026-13-45T99:99:99.000Z',
  [],
  [[]],
  {},
  { a: { b: 1 } },
  ['x'],
];
const wrongTexts = ['{', '{}{}', '[', '"', 'nul', "{'a':1}", '{"a":NaN}', '\uFEFF{}', '['.repeat(200), '{"__proto__":{"a":1}}', '{"a":1,}'];
const wrongTypes = ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'json', '*/*'];
const wrongParts = ['%00', '%ED%A0%80', '%zz', '%20', '%2e%2e%2fx', "'%20OR%201=1", 'x'.repeat(1_500), '%F0%9F%92%A9', '-', '_'];
const wrongHeaders: readonly (readonly [string, string])[] = [
  ['idempotency-key', ''],
  ['idempotency-key', 'a b'],
  ['idempotency-key', 'x'.repeat(256)],
  ['if-match', '3'],
  ['if-match', 'W/"3"'],
  ['if-match', '"3", "4"'],
  ['last-event-id', '-1'],
  ['last-event-id', 'x'],
  ['content-encoding', 'gzip'],
  ['authorization', 'Bearer'],
  ['authorization', 'Basic YTpi'],
  ['authorization', `Bearer klevr_s_${'x'.repeat(300)}`],
];

type Damage = (request: ApiRequest) => fc.Arbitrary<BadRequest>;

const inBody: Damage = (request) =>
  fc.tuple(fc.nat(), fc.constantFrom(...wrongValues)).map(([at, value]) => {
    const places = placesIn(request.body);
    const place = places[at % places.length] ?? [];
    return { ...request, body: replaced(request.body, place, value), wrong: `${place.join('.')} is ${JSON.stringify(value).slice(0, 40)}` };
  });
const without: Damage = (request) =>
  fc.nat().map((at) => {
    const places = placesIn(request.body).filter((place) => place.length > 0);
    const place = places[at % Math.max(1, places.length)] ?? [];
    return { ...request, body: replaced(request.body, place, undefined), wrong: `no ${place.join('.')}` };
  });
const unknownField: Damage = (request) =>
  fc.constantFrom('x', 'id', 'constructor', 'naïve', '').map((name) => ({
    ...request,
    body: { ...(request.body as object | undefined), [`${name}_`]: 1 },
    wrong: `the unknown field ${name}_`,
  }));
const notJson: Damage = (request) =>
  fc.constantFrom(...wrongTexts).map((text) => ({ ...request, text, wrong: `the body ${text.slice(0, 20)}` }));
const otherType: Damage = (request) =>
  fc.constantFrom(...wrongTypes).map((type) => ({
    ...request,
    headers: { ...request.headers, 'content-type': type },
    text: JSON.stringify(request.body ?? {}),
    wrong: `the type ${type}`,
  }));
const inPath: Damage = (request) =>
  fc.tuple(fc.constantFrom(...Object.keys(request.path)), fc.constantFrom(...wrongParts)).map(([name, part]) => ({
    ...request,
    path: { ...request.path, [name]: part },
    wrong: `${name} is ${part.slice(0, 20)}`,
  }));
const inQuery: Damage = (request) =>
  fc
    .tuple(
      fc.constantFrom(...request.operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name), 'x'),
      fc.constantFrom(...wrongParts),
    )
    .map(([name, part]) => ({ ...request, query: [...request.query, [name, part]], wrong: `?${name}=${part.slice(0, 20)}` }));
const twice: Damage = (request) =>
  fc.constantFrom(...request.query).map((field) => ({ ...request, query: [...request.query, field], wrong: `${field[0]} twice` }));
const inHeader: Damage = (request) =>
  fc.constantFrom(...wrongHeaders).map(([name, value]) => ({
    ...request,
    headers: { ...request.headers, [name]: value },
    wrong: `${name}: ${value.slice(0, 20)}`,
  }));

/** One thing wrong with an allowed request. */
export function damaged(request: ApiRequest): fc.Arbitrary<BadRequest> {
  const hasBody = request.operation.requestBody !== undefined;
  const ways = [
    ...(hasBody ? [inBody, inBody, without, unknownField, notJson, otherType] : []),
    ...(Object.keys(request.path).length > 0 ? [inPath] : []),
    inQuery,
    ...(request.query.length > 0 ? [twice] : []),
    inHeader,
  ];
  return fc.oneof(...ways.map((way) => way(request)));
}

/** Whether the document itself says that the body is wrong; a replaced value may be as good as the one before. */
export const isSurelyBad = (document: ApiDocument, { operation, body, text }: ApiRequest): boolean => {
  const schema = document.bodyOf(operation);
  if (schema === undefined || text !== undefined) return false;
  if (body === undefined) return operation.requestBody?.required === true;
  return document.faultsOf(JSON.parse(JSON.stringify(body)), schema) !== '';
};

type Place = readonly (string | number)[];

function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...at, Array.isArray(value) ? Number(name) : name]))];
}

function replaced(value: unknown, [first, ...rest]: Place, by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((inner: unknown, at) => (at === first ? replaced(inner, rest, by) : inner));
  return { ...(value as object), [first]: replaced((value as Record<string, unknown>)[String(first)], rest, by) };
}
