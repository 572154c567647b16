import Fastify from 'fastify';

/** A route that does nothing but answer what it is given, for comparison. Tells its port, and ends with its parent. */
const server = Fastify();
const { KLEVR_BENCH_ANSWER = '{}' } = process.env;
const answer: unknown = JSON.parse(KLEVR_BENCH_ANSWER);
server.get('/bare', () => answer);
await server.listen({ host: '127.0.0.1', port: 0 });
const address = server.server.address();
process.send?.(typeof address === 'object' ? address?.port : undefined);
process.on('disconnect', () => process.exit(0));
