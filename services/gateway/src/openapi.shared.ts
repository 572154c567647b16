/** Of an answer to any request. */
export const answerHeaders = Object.fromEntries(
  ['X-Request-Id', 'RateLimit', 'RateLimit-Policy'].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

/** What many operations share. */
export const headers = {
  'X-Request-Id': {
    description: 'Names this request: as it was sent, else the id of its trace',
    schema: { type: 'string' },
    example: '4bf92f3577b34da6a3ce929d0e0e4736',
  },
  RateLimit: {
    description: 'How many requests are left, and after how many seconds all of them are back; where a limit is set',
    schema: { type: 'string' },
    example: '"token";r=97;t=3',
  },
  'RateLimit-Policy': { description: 'So many requests in so many seconds', schema: { type: 'string' }, example: '"token";q=1000;w=10' },
  'Retry-After': {
    description: 'The same request may succeed after so many seconds',
    schema: { type: 'integer', minimum: 1 },
    example: 3,
  },
};

export const parameters = {
  traceparent: {
    name: 'traceparent',
    in: 'header',
    required: false,
    description: 'W3C trace context: the trace goes on in all that the request causes, and `traceId` of a problem is its id',
    schema: { type: 'string' },
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  'X-Request-Id': {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    description: 'Any name for the request, which its answer repeats; one with other characters is left out',
    schema: { type: 'string', maxLength: 128, pattern: '^[\\w.:-]+$' },
    example: 'nightly-import-17',
  },
};
