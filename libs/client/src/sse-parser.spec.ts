import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SseParser } from './sse-parser.js';

const text = 'retry: 1000\n\nid: 41\n\n: heartbeat\nid: 42\n\nid: 43\nevent: host.lost\ndata: {"a":\ndata: 1}\n\ndata\n\n';
const messages = [
  { id: '41', event: undefined, data: undefined },
  { id: '42', event: undefined, data: undefined },
  { id: '43', event: 'host.lost', data: '{"a":\n1}' },
  { id: undefined, event: undefined, data: '' },
];

describe('the parser of server-sent events', () => {
  it('reads places, events and data of more lines', () => {
    const parser = new SseParser();
    expect(parser.take(text)).toEqual(messages);
    expect(parser.comments).toBe(1);
  });

  it('reads the same however the text is cut, and whatever its line breaks are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 200 })), fc.constantFrom('\n', '\r\n', '\r'), (cuts, lineBreak) => {
        const whole = text.replaceAll('\n', lineBreak);
        const parser = new SseParser();
        const ends = [...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const told = ends.flatMap((to, at) => parser.take(whole.slice(ends[at - 1] ?? 0, to)));
        // A carriage return at the very end may be half of a line break.
        expect([...told, ...parser.take(lineBreak === '\r' ? 'x' : '')]).toEqual(messages);
      }),
    );
  });

  it('tells nothing of a message that is not whole', () => {
    expect(new SseParser().take('id: 1\ndata: x\n')).toEqual([]);
  });
});
