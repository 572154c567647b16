// Who wrote what is in the bundle, and under which terms: the notices that go with every copy of the agent.
//
// Promises: each package of which a byte is in the bundle stands there with its name, version and the text of its licence; a package whose licence is not
// known to allow this, or whose text is not to be found, fails the build. Does not: read licences, only the names that packages give them.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
]);
const licenceFile = /^(licen[cs]e|copying|unlicense)([.-].*)?$/i;
const noticeFile = /^notice(\..*)?$/i;

/** The text of the notices for the output of an esbuild run; throws with every fault at once. */
export async function thirdPartyNotices(output, root, name = 'klevr-agent.mjs') {
  const folders = new Set(
    Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .flatMap(([path]) => packageFolderOf(join(root, path)) ?? []),
  );
  const packages = await Promise.all([...folders].map(readPackage));
  const faults = packages.flatMap(faultsOf);
  if (faults.length > 0) throw new Error(`the bundle cannot be given away:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  const sorted = packages.sort((a, b) => a.title.localeCompare(b.title, 'en'));
  return `The file ${name} contains these packages.\n\n${sorted.map(sectionOf).join('\n')}`;
}

/** A licence expression (SPDX) of which some choice consists of permissive licences alone. */
export const isPermissive = (expression) =>
  expression
    .replace(/[()]/g, ' ')
    .split(/\sOR\s/)
    .some((choice) => choice.split(/\sAND\s/).every((name) => permissive.has(name.trim())));

const packageFolderOf = (path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];

async function readPackage(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const names = (await readdir(folder)).sort();
  const texts = await Promise.all(
    names.filter((one) => licenceFile.test(one) || noticeFile.test(one)).map((one) => readFile(join(folder, one), 'utf8')),
  );
  return { title: `${name} ${version}`, license, hasLicence: names.some((one) => licenceFile.test(one)), texts };
}

const faultsOf = ({ title, license, hasLicence }) => [
  ...(typeof license === 'string' && isPermissive(license)
    ? []
    : [`${title}: its licence (${JSON.stringify(license)}) is not among the permissive ones`]),
  ...(hasLicence ? [] : [`${title}: it comes without the text of its licence`]),
];

const sectionOf = ({ title, license, texts }) =>
  `${'='.repeat(78)}\n${title} (${license})\n${'='.repeat(78)}\n\n${texts.map((text) => text.trim()).join('\n\n')}\n`;
