/**
 * The subjects of JetStream's own API that permissions name, each for one stream or one consumer.
 * Promises: nothing here spans streams. Does not: say who may use them (service-permissions.ts does).
 */
export const jetStreamInfo = '$JS.API.INFO';

export const readStreamInfo = (stream: string): string[] => [`$JS.API.STREAM.INFO.${stream}`];

export const manageStream = (stream: string): string[] => [
  ...readStreamInfo(stream),
  `$JS.API.STREAM.CREATE.${stream}`,
  `$JS.API.STREAM.UPDATE.${stream}`,
];

export const deleteStream = (stream: string): string[] => [`$JS.API.STREAM.DELETE.${stream}`];

/** JetStream tells that the stream was deleted. */
export const streamDeleted = (stream: string): string => `$JS.EVENT.ADVISORY.STREAM.DELETED.${stream}`;

/** By subject, and by sequence or in batches. `subject` may hold wildcards. */
export const readMessages = (stream: string, subject: string): string[] => [
  `$JS.API.DIRECT.GET.${stream}`,
  `$JS.API.DIRECT.GET.${stream}.${subject}`,
  `$JS.API.STREAM.MSG.GET.${stream}`,
];

/** One durable consumer with exactly this filter: the server checks the filter in the subject against the one in the request. */
export const ownDurable = (stream: string, durable: string, filter: string): string[] => [
  `$JS.API.CONSUMER.CREATE.${stream}.${durable}.${filter}`,
  `$JS.API.CONSUMER.INFO.${stream}.${durable}`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
  ...acknowledge(stream, durable),
];

/**
 * Consumers of any name, as ordered ones get a new name each time they are made again. The name must stand in the subject, where it can be
 * denied: by the subject without one, a name inside the request takes over another's durable consumer (seen on 2.15.1). The client library
 * uses that subject for more than one filter, so these consumers have one filter at most.
 */
export const ephemeralConsumers = (stream: string): string[] => [
  `$JS.API.CONSUMER.CREATE.${stream}.>`,
  `$JS.API.CONSUMER.INFO.${stream}.*`,
  `$JS.API.CONSUMER.DELETE.${stream}.*`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
  ...acknowledge(stream, '*'),
];

/** To deny: everything that reaches one named consumer. */
export const reachConsumer = (stream: string, consumer: string): string[] => [
  `$JS.API.CONSUMER.CREATE.${stream}.${consumer}`,
  `$JS.API.CONSUMER.CREATE.${stream}.${consumer}.>`,
  `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
  `$JS.API.CONSUMER.DELETE.${stream}.${consumer}`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
  ...acknowledge(stream, consumer),
];

/** Both forms that servers give out: without and with the domain and account. */
const acknowledge = (stream: string, consumer: string): string[] => [
  `$JS.ACK.${stream}.${consumer}.>`,
  `$JS.ACK.*.*.${stream}.${consumer}.>`,
];
