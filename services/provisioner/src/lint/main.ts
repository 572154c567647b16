import { relative, resolve } from 'node:path';
import type { RecipeFault } from '@klevr/contracts/catalogue';
import { checkSpec } from '@klevr/drivers/spec-schemas';
import { lintFolder } from './lint-folder.js';

/**
 * npm run recipes:lint [folder] — what is wrong with the recipes of a folder, as `file:line:column: message`, a line each. Ends with 1 where there is a fault;
 * warnings alone end with 0.
 */
const from = process.env['INIT_CWD'] ?? process.cwd();
const folder = resolve(from, process.argv[2] ?? 'recipes');

const lineOf = ({ file, line, column, message }: RecipeFault): string => {
  const place = [relative(from, resolve(folder, file)), line, column].filter((part) => part !== null).join(':');
  return `${place}: ${message}\n`;
};

try {
  const { recipes, faults, warnings } = await lintFolder(folder, checkSpec);
  for (const warning of warnings) process.stdout.write(`warning: ${lineOf(warning)}`);
  for (const one of faults) process.stderr.write(lineOf(one));
  if (recipes === 0) process.stderr.write(`there is no recipe.yaml in or below ${folder}\n`);
  else process.stdout.write(`${recipes} recipes, ${faults.length} faults, ${warnings.length} warnings\n`);
  if (recipes === 0 || faults.length > 0) process.exitCode = 1;
} catch (error) {
  process.stderr.write(`${folder} cannot be read: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
