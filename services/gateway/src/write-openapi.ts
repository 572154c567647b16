import { writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi.document.js';

/** `node services/gateway/dist/write-openapi.js [file]`: the OpenAPI document into a file, or to stdout. */
const text = `${JSON.stringify(await openApiDocument(), undefined, 2)}\n`;
const [file] = process.argv.slice(2);
if (file === undefined) process.stdout.write(text);
else await writeFile(file, text);
