/** `npm run soak` cuts at every place (jest.soak.config.mjs says so); `npm test` at the first, one in the middle, and the last. */
const isSoak = (globalThis as { klevrSoak?: boolean }).klevrSoak === true;

/** Of the places 1 to `last`, those that a test cuts at. */
export const cutPlaces = (last: number): readonly number[] => {
  const all = Array.from({ length: last }, (_, index) => index + 1);
  return isSoak ? all : all.filter((place) => place === 1 || place === last || place === Math.ceil(last / 2));
};
